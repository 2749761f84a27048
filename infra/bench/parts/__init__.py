"""What the bench measures, one module for each part."""
