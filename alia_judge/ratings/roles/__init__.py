"""Which column of a table holds what, decided together from the whole file's evidence; names are hints."""
