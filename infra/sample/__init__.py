"""The sample application: Python's own standard library as a graph of code."""
