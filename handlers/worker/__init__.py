"""The worker as a process: arq in front, loops beside it."""
