"""The surface of our own page and command line."""
