"""Uploads that arrive in pieces: the protocol tus 1.0."""
