"""Archives of ours written while a graph streams in."""
