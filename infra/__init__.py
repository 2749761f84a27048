"""Starts and checks things: `python3 -m infra`.

`command` carries out a command in the project's own environment (`environment`). `demo` moves a sample application,
`checks` runs checkers and tests, `faults` the fault tests, `bench` the measurements. `stack` runs gateway, workers and
`engines` as processes of this machine; `deploy`, `documents`, `page` and `screenshots` make files that the repository
holds.
"""
