"""How workers and jobs are doing."""
