"""What rooms share: choosers, the form of a page, and the parts that their stages are made of."""
