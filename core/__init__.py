"""The mathematics, the models, the training and the evaluation: pure Python, no pages."""
