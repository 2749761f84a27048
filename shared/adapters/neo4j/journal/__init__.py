"""What an import records in the graph, so that it can be resumed or undone."""
