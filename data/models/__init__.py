"""The networks that come with Lightbox: weights and model cards."""
