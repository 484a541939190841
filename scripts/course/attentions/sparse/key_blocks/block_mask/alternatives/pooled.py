"""As a pooling: the greatest of each block of zeros and ones."""

from torch.nn import functional as F


def block_mask(mask, query_size, key_size):
    numbers = mask.float().reshape(-1, 1, *mask.shape[-2:])
    pooled = F.max_pool2d(numbers, (query_size, key_size), ceil_mode=True)
    return pooled.bool().reshape(*mask.shape[:-2], *pooled.shape[-2:])
