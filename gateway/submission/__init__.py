"""The one way in: a checked request becomes a job."""
