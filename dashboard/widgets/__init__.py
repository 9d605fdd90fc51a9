"""Groups of controls that return one frozen value of choices."""
