"""Archive files on their way in and out."""
