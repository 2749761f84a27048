"""Graphs in Neo4j: the ports `graph_source` and `graph_target` over Bolt.

`source` reads an application. `target` writes one: it begins an import, writes batches, publishes or undoes. Below
them: `nodes` creates or joins nodes, `replacing` removes what is replaced, `journal` records what an import did. Every
statement is text in `cypher`; `connection` sends it (`server_errors` turns what may go wrong into our errors),
`repeating` sends it again when that is safe, `wire_values` holds property values without loss, `driver_internals` is
the only module that uses private members of the driver.

Terms: *staged* nodes are written but not yet visible; *joined* nodes were there before and are shared with the import;
a *hold* is how a joined node is recognised; a *link* is a relationship held back until publishing; the *scope label*
is the label that all nodes of an application carry. See ADR 4, 5, 7 and 10.
"""
