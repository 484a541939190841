"""Presets on pages of their own: what a model is, what it costs, and in what two of them differ."""
