"""The commands, one module for each thing that they are about."""
