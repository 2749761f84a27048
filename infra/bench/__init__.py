"""Side-by-side figures: each of ours beside what it is measured against, in one run on one machine."""
