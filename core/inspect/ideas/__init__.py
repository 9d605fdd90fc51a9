"""The ideas that networks of the zoo brought, each as a figure with one control."""
