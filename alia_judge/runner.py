"""Judge many items: the only bulk caller of a language model."""
