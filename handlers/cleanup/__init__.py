"""What jobs leave behind, swept by every worker."""
