"""Archives of ours read back, batch by batch."""
