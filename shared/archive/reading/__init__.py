"""Archives of ours, read batch by batch.

`reader` opens an inspected archive. `feed` gives a document to the compiled codec, which reads the lines that
`known_lines` taught it; `document` reads all others by the strict parser, and everything where there is no codec.
`packed_sink` collects elements as packed rows, for a database or, with `plain_wire`, for whoever looks at them here;
`sinks` as rows. `references_entry` reads references to other applications; `ahead` reads in a thread, one step ahead.
"""
