"""The complete model.

Read it top to bottom: config, presets, norms, positions, attention, feed_forward, blocks, initialization, gpt.
"""
