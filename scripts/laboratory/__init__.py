"""Experiments: many small trainings, kept as files, that differ in one thing each."""
