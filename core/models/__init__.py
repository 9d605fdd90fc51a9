"""What a network is: described, counted, diagnosed, and built in Keras by one module."""
