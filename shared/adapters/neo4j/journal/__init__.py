"""The journal of an import: nodes in the database that record what was written.

`opening` claims the application's name and creates the journal. `journal` is locked and checked by every write, and
carries the phase. `takeover` gives it to the next attempt, and shuts out the one before. `holds` recognises joined
nodes, `links` keeps relationships that publishing will create.

Invariant: a write and its record are one transaction, so that a batch sent twice does nothing. See ADR 5.
"""
