"""Databases and the applications in them."""
