"""Home's living picture: kernels sweep over an X-ray and their feature maps light up."""
