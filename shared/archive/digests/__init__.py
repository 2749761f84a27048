"""Fingerprints of graphs, and where two graphs differ.

`digest` is independent of order and ids; `node_hashes` keeps 16 bytes a node for it; `border` does the same for
references to other applications. `comparison` reads two graphs side by side, `difference` lists the elements that
differ, `read_back` adds up what a target holds.
"""
