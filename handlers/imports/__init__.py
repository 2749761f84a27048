"""Imports: the applications of an archive appear in one database, all at once or not at all.

1. `staging` inspects the archive, then decides for each application (`choices`, `decisions`) whether it is added,
   replaced, skipped or refused, and under which ids (`identities`). `keys` finds the nodes that are joined to what is
   there, or because of which the import is refused. A dry run ends here (`dry_run`, `comparing`).
2. `writing` writes nodes and relationships where no reader sees them, waiting for nodes that other imports hold
   (`waiting`); `references` connects them to other applications (`destinations`).
3. `writing` reads everything back; `joining` compares nodes that are shared with other applications.
4. `handler` passes the point of no return, notes who imported what (`ownership`), and publishes.

Until step 4 a failure undoes everything; after it there is only forward. `affected` and `summary` say what the job
did. See ADR 5.
"""
