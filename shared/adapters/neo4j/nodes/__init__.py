"""The nodes of an import: created, or joined to those that are there."""
