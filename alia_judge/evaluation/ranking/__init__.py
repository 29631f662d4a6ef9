"""Judges in order, and systems in order."""
