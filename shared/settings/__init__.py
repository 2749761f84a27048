"""What the environment says, read once at the start of a process.

`process` holds all that a gateway or a worker needs to know, `issuers` and `limits` parts of it, `databases` what it
says of each database. They stand on what is judged while it is read: `tls`, `addresses`, `given_files`.
"""
