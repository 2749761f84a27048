"""Jobs: what is asked, what is recorded, what came of it.

`requests` are the five things that a job can be asked to do; `record` is the job from submission to its terminal
status; `summaries` say what a job did, and `summary_json` writes and reads their JSON; `events` are what the queue
carries; `copying` splits a copy into its export and its import; `touched` says which databases and applications a job
is about.
"""
