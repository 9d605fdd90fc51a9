"""What rooms share: choosers, questions, and the parts that their stages are made of."""
