"""Coded checks of the data, one file a check."""
