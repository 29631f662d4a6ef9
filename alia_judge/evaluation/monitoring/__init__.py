"""Is a judge still what its evaluation said?"""
