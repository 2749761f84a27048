"""The Admin Center: the page's source, its built bundle and its routes."""
