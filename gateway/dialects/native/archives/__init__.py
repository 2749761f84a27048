"""Archives: listing, upload, download, inspection and deletion."""
