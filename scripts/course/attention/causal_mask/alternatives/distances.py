"""By how far behind the query each key lies."""


def causal_mask(query_position, key_position):
    distance = query_position[..., None].sub(key_position[..., None, :])
    return distance.ge(0)
