"""Exports into the archive folder."""
