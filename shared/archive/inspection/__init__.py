"""Archives, inspected whole before anything is done with them.

`inspected_archive` opens an archive of any kind: it translates one of another tool, then inspects the translation.
`inspection` reads structure, manifest and every element of an archive of ours; `entry_inspector` compares an entry
with what the manifest says of it, `judging` adds its elements up; `report` says in JSON what a good archive holds.

Invariant: an archive that is refused has changed nothing but its own temporary file.
"""
