"""Archives of ours, written while a graph streams in.

`writer` writes the ZIP: an entry for each application (`application`), an entry of references (`references_entry`), the
manifest last (`description`). `element_lines` come a batch at a time, from the compiled codec (`packed_lines`) or from
Python (`graph_lines`). `secured` leaves out properties that hold secrets, `estimate` says how large an archive will be
at least.
"""
