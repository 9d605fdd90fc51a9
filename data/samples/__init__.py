"""What is always there to look at: pictures, points, patches and tensors."""
