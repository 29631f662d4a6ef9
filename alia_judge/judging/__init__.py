"""The judge: rubric, prompt, parsing, readouts."""
