"""Replaced and removed applications.

`stepping_back` hides them in one step at the publish point, `moving` re-attaches relationships of other applications
to the nodes that take their place, and `removal` deletes the rest in transactions of bounded size.
"""
