"""From ratings to a frozen benchmark: consensus, splits by group, fingerprint."""
