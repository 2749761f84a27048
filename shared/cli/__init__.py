"""The command line `graphferry`: a client of the HTTP API.

`commands` holds the commands, one module for each noun. They stand on `shell` (streams, environment, the gateway that
`access` and `profiles` choose). `client` speaks HTTP, `transfers` moves files through cut connections, `screen` shows
results. Every failure is one error of `errors` with its exit code.
"""
