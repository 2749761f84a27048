"""Bodies of requests and answers.

In: `arriving` bounds how long an upload may stand still, `draining` reads the rest of a refused body, `parsing` checks
JSON bodies and queries against their models. Out: `responses` writes JSON, `times` writes times, `downloads` streams
files, whole or by range.
"""
