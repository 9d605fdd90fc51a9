"""Where a person works with real sets and networks: Dataset, Train, Test an X-ray."""
