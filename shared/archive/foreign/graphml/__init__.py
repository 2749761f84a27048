"""GraphML as other tools write it: liberal in spelling, with everything that cannot be kept counted in a warning.

`document` reads the structure of one document through `tolerant_xml`, `contents` what its elements hold. They ask
`keys` for the declarations, `values` for their types, `names` for labels and types, `dialects` for whose GraphML it
is. `graphs` finds the graphs of a document before that.
"""
