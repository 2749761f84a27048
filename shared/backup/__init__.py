"""Backups of an installation: what its job store holds, in one file.

`file` is the form of the file, `making` writes it, `restoring` puts it into an empty store, `verifying` compares it
with store and archives.

In it are tenants, users, hashes of keys and grants; the records of jobs with their history, places, reports and
idempotency keys; the audit log; what metrics count; and a list of all archives with their sizes and SHA-256.

Not in it are the archives themselves, the key that links and tokens are signed with, the logs of jobs, uploads under
way and the graph: files and databases have backups of their own. Nor is what only processes at work need: who works,
and the queues, whose events the reaper writes anew.

Identity is of one moment. All else is of the time that the backup took, so a restore gives every job its places anew,
by its record.
"""
