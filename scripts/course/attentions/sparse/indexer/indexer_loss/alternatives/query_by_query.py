import torch


def indexer_loss(scores, target):
    losses = []
    for score, p in zip(scores.flatten(0, 1), target.flatten(0, 1), strict=True):
        read = p > 0
        log_q = score - torch.logsumexp(score, dim=0)
        losses.append((p[read] * (p[read].log() - log_q[read])).sum())
    return torch.stack(losses).mean()
