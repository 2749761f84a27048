"""Archives and uploads in a folder for each tenant."""
