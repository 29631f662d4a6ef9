"""From what a model wrote to a verdict, or to the reason why there is none."""
