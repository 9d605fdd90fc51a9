"""How good a classifier is: metrics with intervals, thresholds and baselines."""
