"""What jobs leave behind when their worker dies, removed by every worker from time to time.

`orphans` undoes or completes imports in the graph whose jobs have ended; `late_endings` says what their records tell
then, `gone` drops the rights on what a deletion removed. `folders` sweeps the archive folders: `proofs` settles
archives of exports that no record names, `own_archives` removes the temporary archives of ended jobs. `strays` tells of
what lies there and is nothing of ours, `retention` deletes archives whose time is over. `logs` removes the
logs of jobs whose records have expired.
"""
