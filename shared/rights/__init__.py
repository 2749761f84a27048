"""What a caller may see, and may have a job do.

`databases` are those that the tenant may name, `applications` and `archives` those that the caller sees, `jobs` the
rights to each kind of job. They are asked when a job is submitted and again when an attempt begins. See ADR 8.
"""
