"""GraphSource: reads one database."""
