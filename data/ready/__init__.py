"""Ready runs: measured once by a command, shipped, read by lessons."""
