"""From a rubric and an item to the messages a model gets."""
