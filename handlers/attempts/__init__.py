"""One attempt at a job, from its claim to its ending.

`dispatch` claims the attempt and owns its end: it alone writes a job's final status. `lease` keeps the claim alive.
`permission` asks whether the submitter may still have the job done. `context` is what the handler gets; `supervision`
watches the handler and cancels it when it does not obey an order to stop. `endings` says what each way to end leads
to.

Terms: an attempt is one try at a job; a claim gives it to one worker; the lease is the right to go on with it; the
fence is a number that makes every earlier holder harmless. See ADR 1 and 3.
"""
