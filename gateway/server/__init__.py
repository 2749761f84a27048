"""How the application meets the network."""
