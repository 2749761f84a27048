"""Copies from database to database."""
