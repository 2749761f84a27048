"""The one text that equal elements have, rendered for whole batches at once."""
