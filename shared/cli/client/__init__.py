"""How the command line speaks HTTP."""
