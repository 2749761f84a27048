"""The wire dialects: four APIs over one way to submit and to show jobs.

Each folder holds one dialect, with its routes, models of bodies, views of answers and form of errors; its `dialect`
module describes it to the rest of the gateway. `native` is the API of our own page and command line; `imaging`,
`spark` and `darwin` are the APIs that clients of other products know. A dialect imports no other.
"""
