"""Transfer learning, measured: four ways to begin, shares of the X-rays, seeds."""
