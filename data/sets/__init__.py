"""Sets of pictures: what they are, where they come from, how they are read, split and kept."""
