"""What the environment says, read once at the start of a process.

`process` holds all that a gateway or a worker needs to know, `archives`, `issuers`, `limits` and `tracing` parts of it,
`databases` what it says of each database. They stand on what is judged while it is read: `tls`, `buckets`,
`addresses`, `given_files`, `packages`.
"""
