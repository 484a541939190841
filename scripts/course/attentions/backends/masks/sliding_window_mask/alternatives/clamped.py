"""Clamped to where nothing is hidden, only what is visible stays the same."""


def sliding_window_mask(query_position, key_position, window):
    distance = query_position[..., None].sub(key_position[..., None, :])
    return distance.eq(distance.clamp(0, window - 1))
