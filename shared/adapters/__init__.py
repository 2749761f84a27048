"""The ports' implementations, a folder for each engine.

`neo4j` reads and writes graphs, `valkey` keeps jobs and identity, `folders` keeps archives and uploads. No engine's
adapters know another's; only `shared.resources` imports them. Errors of the libraries stop here.
"""
