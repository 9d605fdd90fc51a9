"""A set of X-rays: its wall of images, its counts, its means, its leaks."""
