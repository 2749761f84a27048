"""Archives and uploads as files, in a folder for each tenant.

An archive is written to a hidden part file and gets its name by a link when it is whole: it appears at once, and never
takes the place of another. `proofs` say which attempt published an archive. Uploads arrive in pieces (`uploads`), with
their notes in a folder of their own (`upload_files`). `opening` opens what others may have put there. `job_logs` are
files beside them. See ADR 9.
"""
