"""What a judge is asked: rubrics as data, from files, built in, and from other tools."""
