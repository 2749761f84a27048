"""The caller's own identity."""
