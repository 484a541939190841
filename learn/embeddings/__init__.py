"""Embeddings beside chapter one's: scaled, with positions added, normed or not, with dropout."""
