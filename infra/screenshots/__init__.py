"""Takes the pictures of the Admin Center that the documents show."""
