"""Heads beside chapter one's: scaled logits, and a loss that never holds all of them."""
