"""Sends traces by OTLP over HTTP, with the packages of the extra `tracing`; imported only where settings ask for it.

`tracer` makes spans, `queue` holds those that are over and sends them in a thread of its own, `sending` is how they
go. See ADR 15.
"""
