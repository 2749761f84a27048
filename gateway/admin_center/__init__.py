"""The page of administrators: its source, its bundle, its routes."""
