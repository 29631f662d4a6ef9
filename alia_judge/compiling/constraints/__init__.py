"""What a candidate must satisfy, measured while the search runs."""
