"""How applications that are replaced or removed make way."""
