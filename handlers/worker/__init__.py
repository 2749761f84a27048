"""The worker as a process.

`process` starts it, one or several (`pool`). `worker` takes events through arq (`taker`) and keeps the background
loops going; `presence` tells the job store that this worker lives.
"""
