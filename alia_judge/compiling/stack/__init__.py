"""One reading of several configurations' verdicts: members, weights, folds."""
