"""Jobs that are submitted by the clock.

`cron` says when, `record` holds what is kept, `planning` decides what becomes of a time that has come, `retention`
which of the archives made are kept.
"""
