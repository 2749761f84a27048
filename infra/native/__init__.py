"""Compiles `shared/native`: `building` makes modules of its sources, `compilers` finds what can, `codec` keeps count.

The build of a wheel uses it too (`wheel_hook.py`), where nothing is installed but Cython and pip.
"""
