"""Jobs told of while they change."""
