"""No softmax of torch and hardly a mask: every token is shown what it may see, one sequence after the other."""

import torch


def softmax_with_sinks(scores, sinks):
    # By logarithms: that of the sum, once of the scores and once more with the sink. Not in half precision, which has
    # too few digits for it.
    wide = scores.to(torch.promote_types(scores.dtype, torch.float32))
    total = torch.logaddexp(wide.logsumexp(-1), sinks.to(wide.dtype)[:, None])
    return torch.exp(wide - total.unsqueeze(-1)).type_as(scores)
