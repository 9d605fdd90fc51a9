"""One folder a lesson: what it consists of, its stage, its prose."""
