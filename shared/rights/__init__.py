"""What a caller sees, and may have a job do."""
