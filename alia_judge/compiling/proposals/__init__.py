"""Rubrics and steps that a model writes while the search runs."""
