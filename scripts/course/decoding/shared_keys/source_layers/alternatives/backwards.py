"""For each layer that shares, a search backwards."""


def source_layers(kinds, views):
    def source(layer):
        if kinds[layer] != "shared":
            return layer
        for earlier in reversed(range(layer)):
            if kinds[earlier] == "standard" and views[earlier] == views[layer]:
                return earlier
        raise ValueError(f"layer {layer} shares, and there is nothing to share")

    return [source(layer) for layer in range(len(kinds))]
