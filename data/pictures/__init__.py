"""One picture: from the bytes of a file to what a network sees, with every change said."""
