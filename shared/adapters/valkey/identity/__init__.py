"""Tenants, users, keys, grants."""
