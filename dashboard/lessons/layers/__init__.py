"""The paper's Fig. 2, and a small network trained in the browser."""
