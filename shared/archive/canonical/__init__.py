"""The canonical text of elements: equal elements have equal text.

`shapes` finds rows of a batch with the same labels, keys and value types; `layout` is the template of such a shape;
`renderer` fills it for all rows at once, with `columns` for the values; `tally` counts elements by layout.
`known_rows` teaches the compiled codec.
"""
