"""What people write for decoding.shared_keys.source_layers, and why it matters."""

from scripts.workshop.diagnose import Kind

LOOKED_UP = """            if view not in last:
                raise ValueError(
                    f"attention_type: layer {layer} is 'shared', and no 'standard' layer before it has the same window "
                    "and position encoding, whose keys and values it could read"
                )
            sources[layer] = last[view]"""

MISTAKES = {
    "the first instead of the last": Kind(
        "You take the first layer with this window, and not the last before the one that shares. Keys of the very first "
        "layers know little yet: the nearer they are, the more they fit.",
        {"the first": ("last[view] = layer", "last.setdefault(view, layer)")},
    ),
    "window ignored": Kind(
        "You do not ask for the same window and positions. A layer that sees everything then reads a cache that has "
        "forgotten all but a window, or keys that were rotated by other angles.",
        {
            "the last with any window": ("sources[layer] = last[view]", "sources[layer] = max(last.values())"),
            "the layer before": ("sources[layer] = last[view]", "sources[layer] = layer - 1"),
        },
    ),
    "keys of another kind": Kind(
        "You read a layer that keeps no keys and values of this kind. Latent attention caches latents, differential "
        "attention pairs of values: only those of 'standard' fit.",
        {
            "any that does not share": ('if kind == "standard":', 'if kind != "shared":'),
            "any that differs from latent": ('if kind == "standard":', 'if kind not in ("latent", "shared"):'),
        },
    ),
    "not refused": Kind(
        "A layer that finds no keys is let pass, with some number in the place of a source. The model is built then, "
        "and fails, or reads nonsense, in its first forward pass.",
        {
            "its own number": (LOOKED_UP, "            sources[layer] = last.get(view, layer)"),
            "the first layer": (LOOKED_UP, "            sources[layer] = last.get(view, 0)"),
        },
    ),
    "numbers off by one": Kind(
        "Your numbers are one too large. Layers are counted from 0, as everywhere in the model.",
        {"counted from one": ("last[view] = layer", "last[view] = layer + 1")},
    ),
    "no number for the others": Kind(
        "Layers with keys of their own do not have their own number. The list has an entry for every layer, and "
        "whether one shares is read from it: source[l] differs from l.",
        {
            "minus one": ("list(range(len(kinds)))", "[-1] * len(kinds)"),
            "left out": ("return sources", "return [s for layer, s in enumerate(sources) if s != layer]"),
        },
    ),
    "the wrong layer named": Kind(
        "The error names another layer than the one that finds no keys. Whoever reads it looks for the fault in the wrong "
        "place: layers are counted from 0.",
        {"counted from one": ("layer {layer} is", "layer {layer + 1} is")},
    ),
}
