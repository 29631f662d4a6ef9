"""What is asked about every item, and how one call is made."""
