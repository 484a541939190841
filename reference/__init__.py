"""The complete model.

Read it top to bottom: config, presets, norms, positions, attention, feed_forward, blocks, embedding, head, gpt. What
other models have besides stands in rooms: embeddings/ beside embedding.py, and so on.
"""
