"""Archives, uploads, logs of jobs and the mirror of identity as objects of a bucket.

`client` opens the bucket, `bucket` says what can be asked of it, `failures` what its errors mean; `keys` says what lies
where. An archive that is exported grows in the bucket (`staging`, in parts of `part_sizes`) and is copied from there
(`staged`, where the store can: `copying`); one that arrives is written to a file of this machine (`scratch`). Both are
`payloads`, which get their names on a condition: that nothing is there (`publishing`). `staging_sweep` removes what
dead processes staged. Stores that know no such condition are found out (`conditions`); with them a lease takes its
place. `proofs` say which attempt published an archive, `pins` which archives stay. Uploads arrive in pieces
(`uploads`), with notes of their own (`upload_notes`). A log becomes an object at its job's end (`job_logs`); until then
`log_lines` writes its lines elsewhere. `mirrors` keeps the mirror. See ADR 17.
"""
