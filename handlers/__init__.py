"""Event in, outcome out: the workers that do the jobs.

The way of a job, from its event to its end:

1. `worker` runs as a process and takes events from the queues.
2. `attempts` claims the job, keeps its lease, and calls the handler of its kind, which `table` names.
3. The handler works: `exports`, `imports`, `copies` (an export, then an import) or `deletions`. Imports and deletions
   keep a journal in the graph (`journalled`), so that they can be resumed or undone.
4. `attempts` writes the outcome into the job's record.
5. `cleanup` removes what jobs have left behind that ended without a worker.

Handlers keep nothing in memory between two attempts. See ADR 1 and 3.
"""
