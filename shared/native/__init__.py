"""The compiled codec: rows as they travel over Bolt become lines of a document, without an object for an element.

Written in Cython, compiled when the project is set up. `packstream` reads the wire; `buffers` hold what is written.
Where nothing could be compiled these modules cannot be imported, and everything goes the way of plain Python.
"""
