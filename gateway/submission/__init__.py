"""From a checked request to a job.

`submission` is a request with its caller. `submit` checks it by its kind (`exports`, `imports`, `copies`,
`deletions`, `inspections`), looks at jobs that are `unfinished`, applies the tenant's `limits`, and hands it to the job
store, which answers with the job. Whatever can be refused before the job runs is refused here; the handler checks
again, because the database may change while the job waits.
"""
