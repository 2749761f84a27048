"""Jobs: listing, status, cancelling, logs."""
