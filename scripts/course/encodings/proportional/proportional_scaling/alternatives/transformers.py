import torch


def proportional_scaling(config, dim):
    turning = int(config.rope_proportion * dim // 2)
    turned = torch.full((turning,), 1 / config.rope_factor)
    return torch.cat((turned, torch.zeros(dim // 2 - turning))), 1.0
