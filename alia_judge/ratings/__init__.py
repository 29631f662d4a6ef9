"""Read human ratings from whatever file people have into one long table."""
