"""Looking into a network: what it computes, what a unit sees, what its numbers say."""
