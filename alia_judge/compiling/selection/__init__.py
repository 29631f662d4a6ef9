"""What the search names in the end, and whether anything was found."""
