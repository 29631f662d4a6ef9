"""Held-out figures, with what they must be compared with."""
