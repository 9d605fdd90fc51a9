"""Networks that are ready to train: the paper's own and the milestones since."""
