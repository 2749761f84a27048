"""What an import of a stored archive would find, for whoever asks: a request that waits for it, or a job.

`stored` inspects the archive and looks into the database; `document` says in JSON what was found. It holds all that
there is to tell: whoever tells it leaves out what its reader may not see.
"""
