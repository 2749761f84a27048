"""The nodes of an import: created, or joined to nodes that the database holds.

`placing` decides for each node of a batch, `joining` writes the batch, `staged` remembers the nodes' ids, and
`giving_back` releases joined nodes when the import is undone.
"""
