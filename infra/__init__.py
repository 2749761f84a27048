"""Starts things: the demo, the tests, the stack."""
