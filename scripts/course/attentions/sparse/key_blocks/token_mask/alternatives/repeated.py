"""As many implementations: every block's entry repeated for its keys, which stand in their order."""

import torch


def token_mask(chosen, query_position, key_position, size):
    Tk = key_position.size(-1)
    by_key = chosen.repeat_interleave(size, dim=-1)[..., :Tk]
    query, key = query_position[..., :, None], key_position[..., None, :]
    visible = (query >= key).view(-1, 1, query_position.size(-1), Tk)
    return torch.logical_and(by_key, visible)
