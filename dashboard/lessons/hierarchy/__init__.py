"""The spatial hierarchy of one picture: a whole, its parts, and their parts."""
