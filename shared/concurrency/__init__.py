"""Work beside other work: in rounds, in lanes, in threads; and what stops it."""
