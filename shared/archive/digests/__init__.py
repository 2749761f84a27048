"""Fingerprints of graphs, with what tells where two graphs differ."""
