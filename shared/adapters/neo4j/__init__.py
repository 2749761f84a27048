"""The graph ports over Bolt."""
