"""The tenant's webhook, and what became of its deliveries."""
