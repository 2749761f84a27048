"""Embedded engines."""
