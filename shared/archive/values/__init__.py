"""Property values as texts: in XML, in JSON, in ISO 8601."""
