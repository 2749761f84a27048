"""Archive files on their way in and out.

`receiving` streams an upload to the archive volume, `upload_limits` says how much may come, `contents` reads the names
and the manifest of a stored archive, `digests` computes the SHA-256 of a stored file once, `links` signs addresses for
downloads, `upload_sweep` removes abandoned uploads, and `measuring` adds up what tenants have.
"""
