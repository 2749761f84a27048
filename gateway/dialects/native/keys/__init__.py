"""API keys: everybody's own, an administrator's for others."""
