"""How the server does, for the lecturer: a page beside the lessons."""
