"""The mathematics that the lessons explain, in NumPy to be read."""
