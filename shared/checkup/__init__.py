"""Whether an installation would work: what its settings name is tried out, and nothing is changed.

`installation` asks all parts at once: `store`, `databases`, `folders`, and `transport`, what is sent between them. Each
gives `findings`.
"""
