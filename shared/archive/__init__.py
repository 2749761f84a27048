"""The archive format: a ZIP of GraphML with a manifest."""
