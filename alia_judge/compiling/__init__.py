"""Search for the judge that agrees best with people; sees train and dev only."""
