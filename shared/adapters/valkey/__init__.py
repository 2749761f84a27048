"""The job store, identity, and the queues, on Valkey."""
