"""Can the map be trusted? Each check that a map can fail, on the picture at hand."""
