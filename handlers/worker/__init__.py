"""The worker as a process.

`process` starts it, one or several (`pool`); `stopping` is how they are told to end. `worker` takes events through arq
(`taker`) and keeps the background loops going; `presence` tells the job store that this worker lives. `arq_internals`
holds all that we use of arq beyond its public interface. See ADR 1 and 10.
"""
