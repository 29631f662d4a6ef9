"""One reader a layout of ratings, behind the `Reader` protocol."""
