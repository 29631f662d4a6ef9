"""Which demonstrations stand in a prompt."""
