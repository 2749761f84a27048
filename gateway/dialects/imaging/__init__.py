"""The surface of CI scripts and viewer administrators."""
