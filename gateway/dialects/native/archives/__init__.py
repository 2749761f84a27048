"""Archives: listing, upload, download, judgement, deletion."""
