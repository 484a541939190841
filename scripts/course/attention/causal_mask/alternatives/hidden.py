"""Those that are hidden, inverted."""


def causal_mask(query_position, key_position):
    hidden = key_position.unsqueeze(-2) > query_position.unsqueeze(-1)
    return ~hidden
