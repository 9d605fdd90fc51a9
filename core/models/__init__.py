"""Network architectures as values, and the one module that builds them in Keras."""
