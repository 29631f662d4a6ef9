"""Statistics of agreement and association: arrays in, frozen results out; numpy and scipy only."""
