"""GraphTarget: writes one database."""
