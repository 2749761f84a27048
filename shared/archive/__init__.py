"""The archive format: a ZIP of GraphML files with a manifest.

From the bottom up: `values` writes property values as text; `zip` and `graphml` read and write the containers;
`canonical` renders elements to the one text that equal elements have; `digests` computes fingerprints from it;
`writing` and `reading` move batches of rows into archives and out of them; `bulk` writes CSV for the server's offline
importer; `foreign` translates archives of other tools; `inspection` reads an archive whole before it is used.

Invariants: equal graphs give equal documents; nothing of an archive is trusted before it was inspected. See ADR 2 and
docs/archive-format.md.
"""
