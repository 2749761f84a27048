"""The overview of workers and jobs."""
