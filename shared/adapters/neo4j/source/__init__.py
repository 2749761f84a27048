"""Reading a database: the port `graph_source`.

`source` lists the catalogue and streams an application (`application`) over one or several sessions (`lanes`);
`border` reads what crosses to other applications; `shapes` describes elements from a sample. See ADR 7.
"""
