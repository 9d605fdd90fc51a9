"""Trainings and analyses as jobs: cluster, run folders, events."""
