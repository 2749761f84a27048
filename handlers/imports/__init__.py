"""The handler of imports."""
