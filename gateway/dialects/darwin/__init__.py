"""The API of an application catalogue: Base64 export and import within one request."""
