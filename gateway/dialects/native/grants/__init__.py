"""Grants on applications that were imported."""
