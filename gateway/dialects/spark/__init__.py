"""The API of a service platform: exports and imports for its tenants."""
