"""The paper's Fig. 1, alive."""
