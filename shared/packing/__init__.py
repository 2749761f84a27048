"""Rows and elements as bytes, and numbers of nodes in files: what millions of them take little memory by."""
