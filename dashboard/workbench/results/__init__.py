"""Read the results: the threshold under the hand."""
