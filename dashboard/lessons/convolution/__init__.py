"""The stage of the lesson on convolution."""
