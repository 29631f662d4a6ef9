"""Which candidate is asked about which items next."""
