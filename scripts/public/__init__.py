"""Public models: how the reference equals them, and how their checkpoints are read and written."""
