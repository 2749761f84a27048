"""The users of a tenant, with their roles."""
