"""Events about jobs while they change."""
