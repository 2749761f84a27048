"""Exports and copies by the clock: how they are set up, and the loops that run them."""
