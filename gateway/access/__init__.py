"""Who is calling, and what they may see.

`credentials` reads what a request shows: an API key, a token of ours (`signing`), a token of an outside issuer
(`outside_tokens`, with the issuer's `issuer_keys`). `authentication` finds the principal they belong to, and slows
down whoever guesses (`failed_logins`). `roles` and `visibility` say which routes, jobs and archives the principal may
use; `request_rates` says how often. Passwords and keys are known by their hashes alone. See ADR 8.
"""
