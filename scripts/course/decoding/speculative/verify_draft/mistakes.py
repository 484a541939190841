"""What people write for decoding.speculative.verify_draft, and why it matters."""

from scripts.course.decoding.generation.explanations import CHANGED, GENERATOR, SEEDED
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "the inverse of the ratio": Kind(
        "You accept with a probability that falls with p / q, or invert the ratio. Tokens that the draft model "
        "overrates are then accepted most readily.",
        {
            "the ratio upside down": (
                "ratio = p[i, proposed] / q[i, proposed]",
                "ratio = q[i, proposed] / p[i, proposed]",
            ),
            "> for <": (") < ratio", ") > ratio"),
        },
    ),
    "no ratio": Kind(
        "You accept by p or q alone, or by their difference. Only the acceptance probability min(1, p / q) makes the "
        "output distributed as p.",
        {
            "the difference for the ratio": (
                "ratio = p[i, proposed] / q[i, proposed]",
                "ratio = p[i, proposed] - q[i, proposed]",
            ),
            "the model's probability for the ratio": (
                "ratio = p[i, proposed] / q[i, proposed]",
                "ratio = p[i, proposed]",
            ),
            "the draft's probability for the ratio": (
                "ratio = p[i, proposed] / q[i, proposed]",
                "ratio = q[i, proposed]",
            ),
        },
    ),
    "p of another position": Kind(
        "You take p of another position than the draft token's own. Row i of p, (n + 1, V), is conditioned on the "
        "tokens before token i.",
        {
            "p one position later": (
                "ratio = p[i, proposed] / q[i, proposed]",
                "ratio = p[i + 1, proposed] / q[i, proposed]",
            ),
            "p of the first position": (
                "ratio = p[i, proposed] / q[i, proposed]",
                "ratio = p[0, proposed] / q[i, proposed]",
            ),
        },
    ),
    "the maxima compared": Kind(
        "You compare the largest probabilities of p and q, whichever tokens have them. The ratio is that of the "
        "proposed token.",
        {
            "the ratio of the maxima": (
                "ratio = p[i, proposed] / q[i, proposed]",
                "ratio = p[:-1].amax(dim=-1) / q.amax(dim=-1)",
            )
        },
    ),
    "the ratio squared or its root": Kind(
        "You square the ratio or take its root. The acceptance probability is min(1, p / q) itself; otherwise the "
        "output is not distributed as p.",
        {
            "the ratio squared": (
                "ratio = p[i, proposed] / q[i, proposed]",
                "ratio = (p[i, proposed] / q[i, proposed]) ** 2",
            ),
            "the ratio's root": (
                "ratio = p[i, proposed] / q[i, proposed]",
                "ratio = (p[i, proposed] / q[i, proposed]).sqrt()",
            ),
        },
    ),
    "everything accepted": Kind(
        "You accept every draft token. The output is then distributed as q, the draft model.",
        {
            "everything accepted": (
                "accepted = torch.rand(len(proposed), generator=generator, device=p.device) < ratio",
                "accepted = torch.ones(len(proposed), dtype=torch.bool)",
            )
        },
    ),
    "nothing accepted": Kind(
        "You reject every draft token. Tokens with p >= q, which are always accepted, then come too seldom, and the "
        "draft was in vain.",
        {
            "nothing accepted": (
                "accepted = torch.rand(len(proposed), generator=generator, device=p.device) < ratio",
                "accepted = torch.zeros(len(proposed), dtype=torch.bool)",
            )
        },
    ),
    "accepted by a rule": Kind(
        "You accept by a fixed rule, without a random number. A token with p / q = 0.5 is accepted half of the time.",
        {
            "accepted above a ratio of 0.5": (
                "accepted = torch.rand(len(proposed), generator=generator, device=p.device) < ratio",
                "accepted = ratio > 0.5",
            ),
            "accepted above a ratio of 1": (
                "accepted = torch.rand(len(proposed), generator=generator, device=p.device) < ratio",
                "accepted = ratio >= 1",
            ),
            "accepted if it is the most likely": (
                "accepted = torch.rand(len(proposed), generator=generator, device=p.device) < ratio",
                "accepted = proposed == p[:-1].argmax(dim=-1)",
            ),
        },
    ),
    "one random number for all": Kind(
        "You compare one random number with all ratios. Each draft token needs an independent one, of n in all.",
        {"one random number for all": ("torch.rand(len(proposed), generator", "torch.rand(1, generator")},
    ),
    "generator ignored": Kind(
        GENERATOR,
        {
            "accepted with another generator": (
                "torch.rand(len(proposed), generator=generator,",
                "torch.rand(len(proposed),",
            ),
            "sampled with another generator": (
                "torch.multinomial(residual, num_samples=1, generator=generator)",
                "torch.multinomial(residual, num_samples=1)",
            ),
        },
    ),
    "generator seeded again": Kind(
        SEEDED,
        {
            "generator seeded again": (
                "ratio = p[i, proposed] / q[i, proposed]",
                ("ratio = p[i, proposed] / q[i, proposed]\n    generator and generator.manual_seed(0)"),
            )
        },
    ),
    "no stop at the first rejection": Kind(
        "You keep tokens behind the first rejected one. They were sampled conditioned on it.",
        {
            "accepted after a rejection": (
                "k = int(accepted.cumprod(dim=0).sum())",
                "k = int(accepted.sum())",
            ),
            "the last that was accepted": (
                "k = int(accepted.cumprod(dim=0).sum())",
                "k = int((accepted * (i + 1)).max()) if len(proposed) else 0",
            ),
        },
    ),
    "all or none": Kind(
        "You reject the whole draft where one token is rejected. The accepted tokens before it are kept; without them "
        "the output is not distributed as p.",
        {"all or none": ("k = int(accepted.cumprod(dim=0).sum())", "k = len(proposed) * int(accepted.all())")},
    ),
    "rejected tokens kept": Kind(
        "You keep rejected tokens and append the new one behind them. It replaces the first rejected token.",
        {
            "the rejected token kept": (
                "return torch.cat((proposed[:k], torch.multinomial(residual, num_samples=1, generator=generator)))",
                (
                    "return torch.cat((proposed[: k + 1], torch.multinomial(residual, num_samples=1, generator=generator)))"
                ),
            ),
            "the whole draft kept": (
                "return torch.cat((proposed[:k], torch.multinomial(residual, num_samples=1, generator=generator)))",
                "return torch.cat((proposed, torch.multinomial(residual, num_samples=1, generator=generator)))",
            ),
        },
    ),
    "accepted tokens lost": Kind(
        "You drop accepted tokens, the last or all of them. The added token is conditioned on them and belongs behind "
        "them.",
        {
            "one accepted token lost": (
                "return torch.cat((proposed[:k], torch.multinomial(residual, num_samples=1, generator=generator)))",
                (
                    "return torch.cat((proposed[: max(k - 1, 0)], torch.multinomial(residual, num_samples=1, "
                    "generator=generator)))"
                ),
            ),
            "only the added token": (
                "return torch.cat((proposed[:k], torch.multinomial(residual, num_samples=1, generator=generator)))",
                "return torch.cat((proposed[:0], torch.multinomial(residual, num_samples=1, generator=generator)))",
            ),
        },
    ),
    "no token added": Kind(
        "You return the accepted tokens only. A sample from the residual distribution replaces the rejected one: "
        "without it the output is not distributed as p, and may be empty.",
        {
            "no token added": (
                "return torch.cat((proposed[:k], torch.multinomial(residual, num_samples=1, generator=generator)))",
                "return proposed[:k]",
            )
        },
    ),
    "no token after a fully accepted draft": Kind(
        "You add no token where all are accepted. p[n] is there already: the sample from it costs no forward pass.",
        {
            "nothing after a fully accepted draft": (
                "return torch.cat((proposed[:k], torch.multinomial(residual, num_samples=1, generator=generator)))",
                (
                    "if 0 < k == len(proposed):\n"
                    "        return proposed\n"
                    "    return torch.cat((proposed[:k], torch.multinomial(residual, num_samples=1, generator=generator)))"
                ),
            )
        },
    ),
    "not the residual distribution": Kind(
        "You replace a rejected token by a sample from p, from q, or from p without that token. The residual "
        "distribution is max(p - q, 0), normalised: tokens with q >= p have been proposed often enough.",
        {
            "p for the residual": (
                "residual = p[k] if k == len(proposed) else (p[k] - q[k]).clamp(min=0)",
                "residual = p[k]",
            ),
            "q for the residual": (
                "residual = p[k] if k == len(proposed) else (p[k] - q[k]).clamp(min=0)",
                "residual = p[k] if k == len(proposed) else q[k]",
            ),
            "p without the rejected token": (
                "residual = p[k] if k == len(proposed) else (p[k] - q[k]).clamp(min=0)",
                "residual = p[k] if k == len(proposed) else p[k].index_fill(0, proposed[k : k + 1], 0.0)",
            ),
        },
    ),
    "negative probabilities": Kind(
        "You sample from p - q, which is negative for some tokens. torch.multinomial raises: clamp at 0.",
        {
            "not clamped": (
                "residual = p[k] if k == len(proposed) else (p[k] - q[k]).clamp(min=0)",
                "residual = p[k] if k == len(proposed) else (p[k] - q[k])",
            )
        },
    ),
    "|p - q| or q - p": Kind(
        "You take the absolute difference of p and q, or q - p, for the residual. Those are tokens that were proposed "
        "too often, while the residual holds those that were proposed too seldom.",
        {
            "the absolute difference": (
                "residual = p[k] if k == len(proposed) else (p[k] - q[k]).clamp(min=0)",
                "residual = p[k] if k == len(proposed) else (p[k] - q[k]).abs()",
            ),
            "q - p": (
                "residual = p[k] if k == len(proposed) else (p[k] - q[k]).clamp(min=0)",
                "residual = p[k] if k == len(proposed) else (q[k] - p[k]).clamp(min=0)",
            ),
        },
    ),
    "a chance for every token": Kind(
        "Every token of the vocabulary can replace a rejected one in your code. Tokens with q >= p have residual "
        "probability 0.",
        {
            "a softmax of the difference": (
                "residual = p[k] if k == len(proposed) else (p[k] - q[k]).clamp(min=0)",
                "residual = p[k] if k == len(proposed) else (p[k] - q[k]).softmax(dim=-1)",
            ),
            "clamped at 0.01": (
                "residual = p[k] if k == len(proposed) else (p[k] - q[k]).clamp(min=0)",
                "residual = p[k] if k == len(proposed) else (p[k] - q[k]).clamp(min=0.01)",
            ),
        },
    ),
    "the added token from another position": Kind(
        "You sample the added token from the distributions of another position than the first rejected one, or than n "
        "after a full acceptance. They are conditioned on other tokens.",
        {
            "p one position later for the residual": (
                "residual = p[k] if k == len(proposed) else (p[k] - q[k]).clamp(min=0)",
                "residual = p[k] if k == len(proposed) else (p[k + 1] - q[k]).clamp(min=0)",
            ),
            "the residual of the first position": (
                "residual = p[k] if k == len(proposed) else (p[k] - q[k]).clamp(min=0)",
                "residual = p[k] if k == len(proposed) else (p[0] - q[0]).clamp(min=0)",
            ),
            "the last token from p[n - 1]": (
                "residual = p[k] if k == len(proposed) else (p[k] - q[k]).clamp(min=0)",
                "residual = p[k - 1] if k == len(proposed) else (p[k] - q[k]).clamp(min=0)",
            ),
            "the last token from p[0]": (
                "residual = p[k] if k == len(proposed) else (p[k] - q[k]).clamp(min=0)",
                "residual = p[0] if k == len(proposed) else (p[k] - q[k]).clamp(min=0)",
            ),
        },
    ),
    "the most likely token added": Kind(
        "You add the most likely token instead of sampling it. Above temperature 0 the output is then not distributed "
        "as p.",
        {
            "the most likely token added": (
                "torch.multinomial(residual, num_samples=1, generator=generator)",
                "residual.argmax(dim=-1, keepdim=True)",
            )
        },
    ),
    "two tokens added": Kind(
        "You add two tokens, both sampled for the same position. The second is not conditioned on the first.",
        {"two tokens added": ("num_samples=1", "num_samples=2")},
    ),
    "tokens in floating point": Kind(
        "You return tokens in the dtype of p. They are indices: int64.",
        {
            "float": (
                "return torch.cat((proposed[:k], torch.multinomial(residual, num_samples=1, generator=generator)))",
                (
                    "return torch.cat((proposed[:k], torch.multinomial(residual, num_samples=1, generator=generator))).to(p)"
                ),
            )
        },
    ),
    "changed in place": Kind(
        CHANGED,
        {
            "draft changed in place": (
                "residual = p[k] if k == len(proposed) else (p[k] - q[k]).clamp(min=0)",
                ("residual = p[k] if k == len(proposed) else (p[k] - q[k]).clamp(min=0)\n    proposed[k:] = 0"),
            ),
            "residual in place": (
                "residual = p[k] if k == len(proposed) else (p[k] - q[k]).clamp(min=0)",
                "residual = p[k] if k == len(proposed) else p[k].sub_(q[k]).clamp(min=0)",
            ),
        },
    ),
}
