"""The search for the best judge: space, budget, objective, study, readouts. It sees train and dev only."""
