"""gamma = min(1, tau / S_max), then head by head."""

import torch


def clip_factors(largest, n_kv_head, tau):
    eta = torch.where(largest > tau, tau / largest, torch.ones_like(largest))
    group = len(eta) // n_kv_head
    key = torch.stack([heads.max() ** 0.5 for heads in eta.split(group)])
    query = torch.stack([eta[h] / key[h // group] for h in range(len(eta))])
    return query, key
