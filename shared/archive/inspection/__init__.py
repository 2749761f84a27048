"""Archives inspected whole before anything is done with them."""
