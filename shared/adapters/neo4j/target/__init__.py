"""Writing a database: the port `graph_target`.

`target` begins, resumes and lists imports. `graph_import` is one import under way: it writes batches, `connecting`
finds the far ends of references, `reading_back` reads everything again, then either `publishing` or `undoing` ends it.
See ADR 5.
"""
