"""Archives judged whole before anything is done with them."""
