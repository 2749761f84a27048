"""Imports of archives that lie there already."""
