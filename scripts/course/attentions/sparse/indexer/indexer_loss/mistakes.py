"""What people write for attentions.sparse.indexer.indexer_loss, and why it matters."""

from scripts.workshop.diagnose import Kind

LOG = "log_q = scores.log_softmax(dim=-1)"
LEAVE = 'log_q = log_q.masked_fill(scores == float("-inf"), 0.0)'
KL = "return (torch.xlogy(target, target) - target * log_q).sum(dim=-1).mean()"

MISTAKES = {
    "the divergence the other way round": Kind(
        "You swap the two distributions. KL(q || p) punishes what the indexer likes in vain, and lets it miss a key that "
        "the attention needs.",
        {
            "KL(q || p)": (
                KL,
                "q = log_q.exp() * scores.isfinite()\n"
                "    log_p = target.clamp(min=1e-12).log()\n"
                "    return (q * (log_q - log_p)).sum(dim=-1).mean()",
            )
        },
    ),
    "cross-entropy": Kind(
        "You leave out p ln p, the entropy of the target. The gradients are the same, but the loss no longer ends at 0, and "
        "nobody can see how far the indexer is.",
        {"cross-entropy": (KL, KL.replace("torch.xlogy(target, target) - target", "-target"))},
    ),
    "sign": Kind(
        "Your loss has the wrong sign. The indexer would learn to choose what the attention does not need.",
        {"sign": ("(torch.xlogy(target, target) - target * log_q)", "(target * log_q - torch.xlogy(target, target))")},
    ),
    "0 ln 0": Kind(
        "Where a key gets nothing, your loss is no number. 0 times minus infinity is NaN for a computer, and here it has "
        "to be 0.",
        {
            "0 ln 0 of the target": ("torch.xlogy(target, target)", "target * target.log()"),
            "0 times ln q": (LEAVE, "pass"),
        },
    ),
    "not over all chosen keys": Kind(
        "You leave keys out of the loss that the attention could have read. The softmax of the indexer is over all keys "
        "that are attended to, whether the target gives them anything or not.",
        {
            "softmax over the target's keys only": (
                LOG,
                'log_q = scores.masked_fill(target == 0, float("-inf")).log_softmax(dim=-1)',
            )
        },
    ),
    "summed": Kind(
        "You add up where the mean over the queries is asked for, or average over the keys as well. The loss would grow "
        "with the batch, or shrink with the length of the text.",
        {
            "summed over the queries": (KL, KL.replace(".mean()", ".sum()")),
            "averaged over the keys": (KL, KL.replace(".sum(dim=-1).mean()", ".mean()")),
            "averaged over the sequences only": (KL, KL.replace(".mean()", ".sum(dim=-1).mean()")),
        },
    ),
    "softmax over the queries": Kind(
        "You take the softmax over the wrong axis, Tq instead of Tk. Each query has its own distribution over the keys.",
        {
            "softmax over the queries": (
                LOG,
                'log_q = scores.masked_fill(scores == float("-inf"), -1e9).log_softmax(dim=1)',
            )
        },
    ),
    "softmax, then the logarithm": Kind(
        "You take the logarithm of a softmax. Where scores are far apart the softmax rounds to 0, and its logarithm is "
        "minus infinity.",
        {"softmax, then the logarithm": (LOG, "log_q = scores.softmax(dim=-1).log()")},
    ),
    "another distance": Kind(
        "You compare the two by another distance than the divergence. It has other gradients: between small probabilities, "
        "where most keys are, it is nearly blind.",
        {
            "squared differences": (
                KL,
                "return (target - log_q.exp() * scores.isfinite()).square().sum(dim=-1).mean()",
            ),
            "absolute differences": (KL, "return (target - log_q.exp() * scores.isfinite()).abs().sum(dim=-1).mean()"),
        },
    ),
}

WITHOUT = {
    "gradient cut at target": "The target has no gradient.",
    "result in float32": "Scores and target are in float32 at least, and so is the loss.",
}
