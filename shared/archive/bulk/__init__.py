"""CSV files for the server's own offline bulk importer, in one ZIP.

`writer` writes the applications, each by `application`: `rows` turns rows into cells with `values`, `tables` sorts
them into files by labels and types, `spool` keeps the files while they grow, `packing` puts them into the ZIP with a
`readme`.
"""
