"""Exports: applications of databases become one archive.

`handler` runs the job. `writing` writes the archive and begins again when the source changes meanwhile, which `guard`
notices. `reading` streams each application; `numbering` turns database ids into ordinals; `border` reads relationships
to other applications. Nothing is ever written to the source. See ADR 7.
"""
