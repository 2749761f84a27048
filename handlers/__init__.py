"""Event in, outcome out."""
