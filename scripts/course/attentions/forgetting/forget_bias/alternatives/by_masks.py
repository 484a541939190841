"""The sums as products with causal masks: quadratic, and in any order."""

from reference.attention import causal_mask


def forget_bias(log_f, query_position, key_position):
    until_query, until_key = (
        causal_mask(each, key_position).to(log_f.dtype) @ log_f for each in (query_position, key_position)
    )
    return (until_query.unsqueeze(2) - until_key.unsqueeze(1)).permute(0, 3, 1, 2)
