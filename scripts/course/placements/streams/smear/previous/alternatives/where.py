"""By `torch.where`, and padding."""


def previous(x, context):
    positions, seen = context.update_cache(x)
    wanted = (positions == context.position[..., :1] - 1).unsqueeze(-1)
    first = torch.where(wanted, seen, torch.zeros_like(seen)).sum(1)
    shifted = torch.nn.functional.pad(x, (0, 0, 1, 0))[:, :-1]
    return torch.cat((first[:, None], shifted[:, 1:]), dim=1)
