"""The ports: what the rooms need from the outside, each with an in-memory and a real implementation.

Every method may raise an UnavailableError when its engine does not answer; only further errors are named.
"""
