"""Tenants: their databases and limits."""
