"""Archives of ours, written while a graph streams in.

`writer` writes the ZIP: an entry for each application (`application`, whose `lines` are rendered a batch at a time),
an entry of references (`references_entry`), the manifest last (`description`). `secured` leaves out properties that
hold secrets, `estimate` says how large an archive will be at least.
"""
