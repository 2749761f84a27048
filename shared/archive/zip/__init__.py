"""ZIP files, byte by byte.

`end_records` finds the directory of a ZIP, `directory` reads it, `entry_names` its names, `structure` checks it whole,
`archive_kind` tells what kind of archive it is, `entry_reader` inflates an entry in bounded pieces. `segments`
deflates, `entry_writer` adds an entry, `records` holds the layout of all headers.

Invariant: nothing is inflated before the structure was checked, and two readers never see different files.
"""
