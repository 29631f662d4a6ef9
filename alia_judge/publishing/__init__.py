"""A tuned judge as a directory of JSON and text that loads anywhere without running code."""
