"""The wire dialects, thin over one submission."""
