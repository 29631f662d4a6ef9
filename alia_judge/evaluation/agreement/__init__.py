"""How far a judge agrees with people: correlations, the alt-test, errors, coverage."""
