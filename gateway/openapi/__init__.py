"""The document that describes the API, made from the table of routes."""
