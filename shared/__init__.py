"""What gateway, workers and command line share.

From the bottom up: `settings`, `errors`; the domain (`graph`, `catalogue`, `references`, `identity`, `jobs`); the
`ports` that the rooms need from outside; the `archive` format; the `adapters` behind the ports, which `resources`
opens; `backup`, the store in one file; `rights`, which say what a caller may see and do; `cli`, the command line.
"""
