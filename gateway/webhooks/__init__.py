"""Sends webhooks: what may be asked, what is said and signed, and how often it is tried.

`addresses` judges where a request may go, `posting` makes it, `payloads` and `signatures` are what is in it, `sending`
takes what is due from the store.
"""
