"""As Inkling's in transformers, for positions of both shapes."""


def relative_bias(by_distance, query_position, key_position):
    B, rel_extent = by_distance.size(0), by_distance.size(-1)
    rel_logits = by_distance.transpose(1, 2)
    query_position, key_position = query_position.expand(B, -1), key_position.expand(B, -1)
    distance = (query_position[:, :, None] - key_position[:, None, :])[:, None]
    gather_index = distance.clamp(0, rel_extent - 1).expand(-1, rel_logits.size(1), -1, -1)
    position_bias = rel_logits.gather(-1, gather_index)
    return position_bias.masked_fill((distance < 0) | (distance >= rel_extent), 0.0)
