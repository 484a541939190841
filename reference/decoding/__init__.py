"""Decoding beyond chapter one's `generate`: top-p and min-p, prompts in batches with a KV cache, speculation."""
