"""Imports of archives that are stored already."""
