"""Uploads in pieces, by the protocol tus 1.0."""
