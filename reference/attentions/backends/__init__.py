"""Backends: several ways to compute softmax attention, and the masks and score modifications that they share."""
