"""Jobs: what is asked, what is recorded, what came of it."""
