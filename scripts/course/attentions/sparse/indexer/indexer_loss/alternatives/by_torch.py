from torch.nn import functional as F


def indexer_loss(scores, target):
    # The lowest finite number in place of minus infinity: its probability rounds to zero.
    log_q = scores.clamp(min=-1e9).log_softmax(dim=-1)
    return F.kl_div(log_q, target, reduction="none").sum(-1).mean()
