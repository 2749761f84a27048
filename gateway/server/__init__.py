"""The application on the network: listening, the cap on connections, callers who left, stopping."""
