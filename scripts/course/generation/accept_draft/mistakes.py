"""What people write for generation.accept_draft, and why it matters."""

from scripts.course.generation.explanations import CHANGED, GENERATOR, SEEDED
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "accepted the wrong way round": Kind(
        "The less the model thinks of a token, the more readily your code accepts it. What gets through is "
        "what the draft overrates, which is what the check should catch.",
        {
            "the ratio upside down": (
                "ratio = p[place, proposed] / q[place, proposed]",
                "ratio = q[place, proposed] / p[place, proposed]",
            ),
            "accepted the wrong way round": (") < ratio", ") > ratio"),
        },
    ),
    "not compared as a ratio": Kind(
        "You accept a token by one probability alone, or by the difference of the two. Only how one stands to "
        "the other makes up exactly for how often the draft offers a token; otherwise the text is not the "
        "model's.",
        {
            "the difference for the ratio": (
                "ratio = p[place, proposed] / q[place, proposed]",
                "ratio = p[place, proposed] - q[place, proposed]",
            ),
            "the model's probability for the ratio": (
                "ratio = p[place, proposed] / q[place, proposed]",
                "ratio = p[place, proposed]",
            ),
            "the draft's probability for the ratio": (
                "ratio = p[place, proposed] / q[place, proposed]",
                "ratio = q[place, proposed]",
            ),
        },
    ),
    "judged in another place": Kind(
        "You judge a token by what the model thinks about another place than the token's own. Every row of "
        "probabilities follows different words, and what is likely behind those tells nothing about this token.",
        {
            "the ratio of the model's row behind": (
                "ratio = p[place, proposed] / q[place, proposed]",
                "ratio = p[place + 1, proposed] / q[place, proposed]",
            ),
            "the ratio of the first row": (
                "ratio = p[place, proposed] / q[place, proposed]",
                "ratio = p[0, proposed] / q[place, proposed]",
            ),
        },
    ),
    "the likeliest compared": Kind(
        "You compare how likely the favourites of model and draft are, whichever tokens these may be. What has "
        "to be judged is the token that was proposed, and often it is neither of the two.",
        {
            "the ratio of the likeliest": (
                "ratio = p[place, proposed] / q[place, proposed]",
                "ratio = p[:-1].amax(dim=-1) / q.amax(dim=-1)",
            )
        },
    ),
    "the ratio squared or its root": Kind(
        "You square the ratio or take its root before the dice are thrown. Tokens are then accepted too seldom "
        "or too often, and the text is no longer distributed as the model's own.",
        {
            "the ratio squared": (
                "ratio = p[place, proposed] / q[place, proposed]",
                "ratio = (p[place, proposed] / q[place, proposed]) ** 2",
            ),
            "the ratio's root": (
                "ratio = p[place, proposed] / q[place, proposed]",
                "ratio = (p[place, proposed] / q[place, proposed]).sqrt()",
            ),
        },
    ),
    "everything accepted": Kind(
        "You accept every token of the draft. What you get is the small model's text with all its errors, and "
        "the large one has read it for nothing.",
        {
            "everything accepted": (
                "accepted = torch.rand(len(proposed), generator=generator, device=p.device) < ratio",
                "accepted = torch.ones(len(proposed), dtype=torch.bool)",
            )
        },
    ),
    "nothing accepted": Kind(
        "You turn down every token of the draft. The guesses were in vain, and tokens that the model likes as "
        "much as the draft does would come too seldom.",
        {
            "nothing accepted": (
                "accepted = torch.rand(len(proposed), generator=generator, device=p.device) < ratio",
                "accepted = torch.zeros(len(proposed), dtype=torch.bool)",
            )
        },
    ),
    "accepted by a rule, not by dice": Kind(
        "You accept a token by a fixed rule, without throwing dice. One that the model finds half as likely as "
        "the draft does should pass half of the time; always or never, and the text is not the model's.",
        {
            "accepted where the model agrees by half": (
                "accepted = torch.rand(len(proposed), generator=generator, device=p.device) < ratio",
                "accepted = ratio > 0.5",
            ),
            "accepted where the model likes it as much": (
                "accepted = torch.rand(len(proposed), generator=generator, device=p.device) < ratio",
                "accepted = ratio >= 1",
            ),
            "accepted if it is the model's likeliest": (
                "accepted = torch.rand(len(proposed), generator=generator, device=p.device) < ratio",
                "accepted = proposed == p[:-1].argmax(dim=-1)",
            ),
        },
    ),
    "one throw for all": Kind(
        "You throw the dice once, and judge the whole draft by it. A low throw then lets nearly everything "
        "pass and a high one hardly anything, although every token should have a chance of its own.",
        {"one throw for all": ("torch.rand(len(proposed), generator", "torch.rand(1, generator")},
    ),
    "generator ignored": Kind(
        GENERATOR,
        {
            "thrown with another generator": (
                "torch.rand(len(proposed), generator=generator,",
                "torch.rand(len(proposed),",
            ),
            "replaced with another generator": (
                "torch.multinomial(rest, num_samples=1, generator=generator)",
                "torch.multinomial(rest, num_samples=1)",
            ),
        },
    ),
    "generator seeded anew": Kind(
        SEEDED,
        {
            "generator seeded anew": (
                "ratio = p[place, proposed] / q[place, proposed]",
                ("ratio = p[place, proposed] / q[place, proposed]\n    generator and generator.manual_seed(0)"),
            )
        },
    ),
    "no end at the first that is turned down": Kind(
        "You do not stop at the first token that is turned down. What stands behind it was guessed as its "
        "continuation, and has lost what it was built on.",
        {
            "accepted after one that was turned down": (
                "k = int(accepted.cumprod(dim=0).sum())",
                "k = int(accepted.sum())",
            ),
            "the last that was accepted": (
                "k = int(accepted.cumprod(dim=0).sum())",
                "k = int((accepted * (place + 1)).max()) if len(proposed) else 0",
            ),
        },
    ),
    "all or none": Kind(
        "You throw the whole draft away if a single token is turned down. Those before it were accepted and "
        "are as good as the model's own; losing them costs time, and skews what comes in their place.",
        {"all or none": ("k = int(accepted.cumprod(dim=0).sum())", "k = len(proposed) * int(accepted.all())")},
    ),
    "what was turned down kept": Kind(
        "You keep tokens that were turned down, and put the new one behind them. It was drawn to stand in the "
        "place of the first of these, which the model did not want.",
        {
            "the token that was turned down kept": (
                "return torch.cat((proposed[:k], torch.multinomial(rest, num_samples=1, generator=generator)))",
                ("return torch.cat((proposed[: k + 1], torch.multinomial(rest, num_samples=1, generator=generator)))"),
            ),
            "the whole draft kept": (
                "return torch.cat((proposed[:k], torch.multinomial(rest, num_samples=1, generator=generator)))",
                "return torch.cat((proposed, torch.multinomial(rest, num_samples=1, generator=generator)))",
            ),
        },
    ),
    "accepted tokens lost": Kind(
        "You lose tokens that were accepted, the last of them or all. The one that you add was drawn to follow "
        "them, and now stands in a place where it does not belong.",
        {
            "one accepted token lost": (
                "return torch.cat((proposed[:k], torch.multinomial(rest, num_samples=1, generator=generator)))",
                (
                    "return torch.cat((proposed[: max(k - 1, 0)], torch.multinomial(rest, num_samples=1, "
                    "generator=generator)))"
                ),
            ),
            "only the token in its place": (
                "return torch.cat((proposed[:k], torch.multinomial(rest, num_samples=1, generator=generator)))",
                "return torch.cat((proposed[:0], torch.multinomial(rest, num_samples=1, generator=generator)))",
            ),
        },
    ),
    "no token added": Kind(
        "You return the accepted tokens and add none. Where the first is turned down nothing comes back, so "
        "that generation may never get on, and what the draft offers too seldom is never made up for.",
        {
            "no token in its place": (
                "return torch.cat((proposed[:k], torch.multinomial(rest, num_samples=1, generator=generator)))",
                "return proposed[:k]",
            )
        },
    ),
    "no free token after the whole draft": Kind(
        "Where the whole draft is accepted, you add nothing to it. The model has already worked out what comes "
        "behind the last token, and whoever drops it lets the model read more often than it has to.",
        {
            "nothing for free after the whole draft": (
                "return torch.cat((proposed[:k], torch.multinomial(rest, num_samples=1, generator=generator)))",
                (
                    "if 0 < k == len(proposed):\n"
                    "        return proposed\n"
                    "    return torch.cat((proposed[:k], torch.multinomial(rest, num_samples=1, generator=generator)))"
                ),
            )
        },
    ),
    "replaced from another distribution": Kind(
        "In the place of a token turned down, you draw from the whole distribution of model or draft, or from "
        "all but that token. What the draft offers often enough has had its chance, and would come too often.",
        {
            "the model's own distribution in its place": (
                "rest = p[k] if k == len(proposed) else (p[k] - q[k]).clamp(min=0)",
                "rest = p[k]",
            ),
            "the draft's distribution in its place": (
                "rest = p[k] if k == len(proposed) else (p[k] - q[k]).clamp(min=0)",
                "rest = p[k] if k == len(proposed) else q[k]",
            ),
            "the model's distribution without that token": (
                "rest = p[k] if k == len(proposed) else (p[k] - q[k]).clamp(min=0)",
                "rest = p[k] if k == len(proposed) else p[k].index_fill(0, proposed[k : k + 1], 0.0)",
            ),
        },
    ),
    "negative probabilities": Kind(
        "You leave negative numbers among what you draw by, for tokens that the draft offers more often than "
        "the model. They are no probabilities, and torch refuses to draw by them.",
        {
            "the rest not cut off at zero": (
                "rest = p[k] if k == len(proposed) else (p[k] - q[k]).clamp(min=0)",
                "rest = p[k] if k == len(proposed) else (p[k] - q[k])",
            )
        },
    ),
    "what was offered too often": Kind(
        "In the place of a token turned down, you may draw one that the draft offers too often. Those have had "
        "their share and more: it is the tokens offered too seldom that have to be made up for.",
        {
            "the size of the difference": (
                "rest = p[k] if k == len(proposed) else (p[k] - q[k]).clamp(min=0)",
                "rest = p[k] if k == len(proposed) else (p[k] - q[k]).abs()",
            ),
            "the difference the wrong way round": (
                "rest = p[k] if k == len(proposed) else (p[k] - q[k]).clamp(min=0)",
                "rest = p[k] if k == len(proposed) else (q[k] - p[k]).clamp(min=0)",
            ),
        },
    ),
    "a chance for every token": Kind(
        "In the place of a token turned down, every token of the vocabulary can come in your code. Most of "
        "them should have no chance there, not even a small one, since the draft offers them often enough.",
        {
            "the difference as logits": (
                "rest = p[k] if k == len(proposed) else (p[k] - q[k]).clamp(min=0)",
                "rest = p[k] if k == len(proposed) else (p[k] - q[k]).softmax(dim=-1)",
            ),
            "the rest cut off above": (
                "rest = p[k] if k == len(proposed) else (p[k] - q[k]).clamp(min=0)",
                "rest = p[k] if k == len(proposed) else (p[k] - q[k]).clamp(min=0.01)",
            ),
        },
    ),
    "the added token from another place": Kind(
        "You draw the token that you add from probabilities that belong to another place. They tell what "
        "follows different words, not what should stand behind the tokens that you keep.",
        {
            "the rest of the row behind": (
                "rest = p[k] if k == len(proposed) else (p[k] - q[k]).clamp(min=0)",
                "rest = p[k] if k == len(proposed) else (p[k + 1] - q[k]).clamp(min=0)",
            ),
            "the rest of the first row": (
                "rest = p[k] if k == len(proposed) else (p[k] - q[k]).clamp(min=0)",
                "rest = p[k] if k == len(proposed) else (p[0] - q[0]).clamp(min=0)",
            ),
            "the free token from the row before": (
                "rest = p[k] if k == len(proposed) else (p[k] - q[k]).clamp(min=0)",
                "rest = p[k - 1] if k == len(proposed) else (p[k] - q[k]).clamp(min=0)",
            ),
            "the free token from the first row": (
                "rest = p[k] if k == len(proposed) else (p[k] - q[k]).clamp(min=0)",
                "rest = p[0] if k == len(proposed) else (p[k] - q[k]).clamp(min=0)",
            ),
        },
    ),
    "the likeliest added": Kind(
        "You add the likeliest token instead of drawing one. At any temperature above zero it then comes too "
        "often, and the text is no longer distributed as the model's own.",
        {
            "the likeliest in its place": (
                "torch.multinomial(rest, num_samples=1, generator=generator)",
                "rest.argmax(dim=-1, keepdim=True)",
            )
        },
    ),
    "two tokens added": Kind(
        "You add two tokens, both drawn for the same place. The second does not know the first, and the model "
        "has never said what should follow that.",
        {"two tokens in its place": ("num_samples=1", "num_samples=2")},
    ),
    "fractions for tokens": Kind(
        "Your tokens come back with the dtype of the probabilities. Such numbers cannot look up rows of the "
        "embedding, and in a narrow dtype large ones are rounded to other tokens.",
        {
            "float": (
                "return torch.cat((proposed[:k], torch.multinomial(rest, num_samples=1, generator=generator)))",
                ("return torch.cat((proposed[:k], torch.multinomial(rest, num_samples=1, generator=generator))).to(p)"),
            )
        },
    ),
    "changed in place": Kind(
        CHANGED,
        {
            "draft changed in place": (
                "rest = p[k] if k == len(proposed) else (p[k] - q[k]).clamp(min=0)",
                ("rest = p[k] if k == len(proposed) else (p[k] - q[k]).clamp(min=0)\n    proposed[k:] = 0"),
            ),
            "rest taken off in place": (
                "rest = p[k] if k == len(proposed) else (p[k] - q[k]).clamp(min=0)",
                "rest = p[k] if k == len(proposed) else p[k].sub_(q[k]).clamp(min=0)",
            ),
        },
    ),
}
