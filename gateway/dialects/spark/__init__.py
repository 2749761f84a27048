"""The surface for tenants of a service platform."""
