"""The sizes at which training is measured. Imports nothing heavy."""

# Layers, width and the like, and as many sequences at once as take about a second or less on two cores.
SIZES = {
    "4x128": ({"n_layer": 4, "n_head": 4, "n_embd": 128, "max_seq_len": 128, "vocab_size": 256}, 8),
    "6x384": ({"n_layer": 6, "n_head": 6, "n_embd": 384, "max_seq_len": 256, "vocab_size": 256}, 8),
    "d12": ({"n_layer": 12, "n_head": 12, "n_embd": 768, "max_seq_len": 256, "vocab_size": 50257}, 1),
}
