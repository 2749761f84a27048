"""The API of a code-intelligence viewer: exports and imports for scripts and viewer administrators."""
