"""One thin file for each page."""
