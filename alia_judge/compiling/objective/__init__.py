"""What a search maximises, and the people's figures it is compared with."""
