"""The persistent record of a search: trials in Optuna, workers, tasks done once."""
