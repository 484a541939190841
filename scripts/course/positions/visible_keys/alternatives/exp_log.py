"""Powers as exponentials of logarithms; the turn with a helper that rotates by a quarter; recursion for the slopes."""


def visible_keys(query_position, key_position, window=None):
    distance = query_position[..., None].sub(key_position[..., None, :])
    # Clamped to where nothing is hidden, only what is seen stays the same.
    return distance.eq(distance.clamp(0, None if window is None else window - 1))
