"""For whom a judge fails: parts of the items, languages, surprising disagreements."""
