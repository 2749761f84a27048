"""Implementations of the ports, one library each."""
