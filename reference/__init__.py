"""The complete model. Read it top to bottom: config, norms, positions, attention, feed_forward, blocks, gpt."""
