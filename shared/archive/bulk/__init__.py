"""CSV for the server's own offline bulk importer."""
