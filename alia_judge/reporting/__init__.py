"""One self-contained HTML file; every user text escaped."""
