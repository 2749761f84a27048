"""The handler of exports."""
