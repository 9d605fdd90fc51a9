"""Train a network, watch it learn, read what came out."""
