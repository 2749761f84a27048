"""The canonical text of elements: equal elements have equal text.

`layout` is the template of elements with the same labels, keys and kinds of values; `renderer` fills it; `tally` counts
elements by layout. `known_rows` teaches the compiled codec.
"""
