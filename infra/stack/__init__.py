"""The whole of Graphferry as processes of this machine: planned, started, watched, stopped."""
