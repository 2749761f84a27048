"""Archives of other tools, translated into ours."""
