"""The API of the Admin Center and the command line, a folder for each resource."""
