"""Bias and robustness probes, one file a probe."""
