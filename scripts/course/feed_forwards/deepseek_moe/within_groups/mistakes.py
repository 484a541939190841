"""What people write for feed_forwards.deepseek_moe.within_groups, and why it matters."""

from scripts.workshop.diagnose import Kind

MISTAKES = {
    "group scored otherwise": Kind(
        "You score a group by something else than the sum of its two best experts. With the single best, one expert that "
        "fits opens a group in which nothing else does; with all of them, experts that will not be chosen decide.",
        {
            "the best expert alone": ("groups.topk(2, dim=-1).values.sum(dim=-1)", "groups.amax(dim=-1)"),
            "the sum of all": ("groups.topk(2, dim=-1).values.sum(dim=-1)", "groups.sum(dim=-1)"),
            "the second best alone": (
                "groups.topk(2, dim=-1).values.sum(dim=-1)",
                "groups.topk(2, dim=-1).values.amin(dim=-1)",
            ),
        },
    ),
    "worst groups": Kind(
        "You keep the groups with the smallest scores. The experts that fit a token best are then never open to it.",
        {
            "the worst groups": (
                ".topk(topk_group, dim=-1)",
                ".topk(topk_group, dim=-1, largest=False)",
            ),
            "the best groups hidden": (
                "groups.new_ones(groups.shape[:-1], dtype=torch.bool).scatter(-1, best, False)",
                "groups.new_zeros(groups.shape[:-1], dtype=torch.bool).scatter(-1, best, True)",
            ),
        },
    ),
    "another number of groups": Kind(
        "You keep another number of groups than topk_group. With fewer, experts are out of reach that a token may "
        "visit; with more, it travels to more machines than allowed.",
        {
            "a single group": (".topk(topk_group, dim=-1)", ".topk(1, dim=-1)"),
            "all groups but one": (".topk(topk_group, dim=-1)", ".topk(n_group - 1, dim=-1)"),
            "as many as are scored": (".topk(topk_group, dim=-1)", ".topk(2, dim=-1)"),
        },
    ),
    "hidden by zeros": Kind(
        "You give hidden experts a finite score. With the correction bias, open ones may be negative, and then a hidden "
        "one is chosen after all; only -inf is below everything.",
        {
            "hidden by zeros": ('float("-inf")', "0.0"),
            "hidden by minus one": ('float("-inf")', "-1.0"),
        },
    ),
    "groups of neighbours": Kind(
        "Your groups are not of experts that follow each other: you take every n-th one. The experts of a group live on "
        "one machine, in the order in which they are numbered.",
        {
            "every n-th expert": (
                "scores.unflatten(-1, (n_group, -1))",
                "scores.unflatten(-1, (-1, n_group)).mT",
            ),
            "every n-th expert, there and back": (
                "groups = scores.unflatten(-1, (n_group, -1))",
                "order = torch.arange(scores.size(-1)).view(-1, n_group).mT.flatten()\n"
                "    groups = scores[..., order].unflatten(-1, (n_group, -1))\n"
                "    best = groups.topk(2, dim=-1).values.sum(dim=-1).topk(topk_group, dim=-1).indices\n"
                "    hidden = groups.new_ones(groups.shape[:-1], dtype=torch.bool).scatter(-1, best, False)\n"
                '    return groups.masked_fill(hidden[..., None], float("-inf")).mT.flatten(-2)',
            ),
            "groups of n_group": ("(n_group, -1)", "(-1, n_group)"),
        },
    ),
    "still in groups": Kind(
        "You return the scores in groups, (N, n_group, E / n_group). What follows takes the top-k over all experts: "
        "(N, E).",
        {"still in groups": (".flatten(-2)", "")},
    ),
    "a mask": Kind(
        "You return which experts are open, and not their scores. Those of open experts are to come back as they are.",
        {
            "a mask": (
                'groups.masked_fill(hidden[..., None], float("-inf")).flatten(-2)',
                "(~hidden[..., None]).expand_as(groups).flatten(-2).to(scores.dtype)",
            )
        },
    ),
}
