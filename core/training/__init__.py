"""What a training is, how it went, and the one module that runs it in Keras."""
