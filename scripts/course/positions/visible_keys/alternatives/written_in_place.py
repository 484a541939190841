"""Written into the two halves of a fresh tensor, with the tables narrowed first, as nanochat does."""


def visible_keys(query_position, key_position, window=None):
    query_position, key_position = query_position.unsqueeze(-1), key_position.unsqueeze(-2)
    hidden = key_position > query_position
    if window is not None:
        hidden |= key_position <= query_position - window
    return ~hidden
