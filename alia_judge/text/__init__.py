"""What a text looks like from outside: its language, its near-duplicates, personal data in it, its surface features."""
