"""Test an X-ray: a picture, what a network says of it, and where it looked."""
