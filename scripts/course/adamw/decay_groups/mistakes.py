"""What people write for adamw.decay_groups, and why it matters."""

from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import HARD_CODED, NOTHING_RETURNED

MISTAKES = {
    "everything decays": Kind(
        "Your first group holds every parameter. A norm's weight is where a size is set, and a bias is no map "
        "that could be kept small: pulled to zero, they only take away what the model needs.",
        {
            "everything decays": (
                "[weight for weight in model.parameters() if weight.ndim >= 2 and id(weight) not in embeddings]",
                "list(model.parameters())",
            )
        },
    ),
    "embeddings decay": Kind(
        "You let embeddings decay, because they are matrices in shape. A row has a gradient only where its "
        "token comes up, and between two such steps a rare one would be pulled to zero.",
        {
            "all of them": (" and id(weight) not in embeddings", ""),
            "those of positions": (
                "{id(module.weight) for module in model.modules() if isinstance(module, nn.Embedding)}",
                "{id(model.token_embedding.weight)}",
            ),
        },
    ),
    "a tied head decays": Kind(
        "You let the head decay where its weight is the embedding's. It is one weight with two names, and as "
        "an embedding it should not decay.",
        {
            "a tied head decays": (
                "id(weight) not in embeddings]",
                "(id(weight) not in embeddings or weight is model.lm_head.weight)]",
            )
        },
    ),
    "the head does not decay": Kind(
        "You leave the head out of what decays. It is a matrix like others, unless it is tied to the embedding.",
        {
            "the head does not decay": (
                "weight.ndim >= 2 and",
                "weight.ndim >= 2 and weight is not model.lm_head.weight and",
            ),
            "only what is in the blocks": (
                "decayed = [weight for weight in model.parameters()",
                "decayed = [weight for weight in model.blocks.parameters()",
            ),
        },
    ),
    "vectors decay": Kind(
        "You let vectors decay: weights of norms, biases, or what else has a single dimension. Decay is for "
        "matrices, which norms allow to be of any size.",
        {
            "all of them": ("weight.ndim >= 2", "weight.ndim >= 1"),
            "all but biases": (
                "[weight for weight in model.parameters() if weight.ndim >= 2 and",
                '[weight for name, weight in model.named_parameters() if not name.endswith("bias") and',
            ),
            "all but those of norms": (
                "[weight for weight in model.parameters() if weight.ndim >= 2 and",
                '[weight for name, weight in model.named_parameters() if "norm" not in name and',
            ),
            "biases of linear layers": (
                "[weight for weight in model.parameters() if weight.ndim >= 2 and id(weight) not in embeddings]",
                (
                    "[p for m in model.modules() if isinstance(m, nn.Linear) for p in m.parameters() if id(p) not "
                    "in embeddings]"
                ),
            ),
        },
    ),
    "nothing decays": Kind(
        "No parameter stands in your first group, or none of the matrices does. The decay that is asked for "
        "has no effect then.",
        {
            "more than two dimensions asked for": ("weight.ndim >= 2", "weight.ndim > 2"),
            "no dimension at all": ("weight.ndim >= 2", "weight.ndim < 1"),
        },
    ),
    "square matrices only": Kind(
        "You let some matrices decay and others not, by their shape or their place. All of them should, "
        "whatever they are for.",
        {
            "square matrices only": ("weight.ndim >= 2", "weight.ndim >= 2 and weight.size(0) == weight.size(1)"),
            "no experts": (
                "decayed = [weight for weight in model.parameters() if",
                'decayed = [weight for name, weight in model.named_parameters() if "experts" not in name and',
            ),
        },
    ),
    "groups swapped": Kind(
        "Your decay stands at the wrong group: what should decay does not, and what should not does. Or the "
        "groups come in the other order than asked for.",
        {
            "decay at the wrong group": (
                '[{"params": decayed, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]',
                '[{"params": decayed, "weight_decay": 0.0}, {"params": others, "weight_decay": weight_decay}]',
            ),
            "weights in the wrong group": (
                '[{"params": decayed, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]',
                '[{"params": others, "weight_decay": weight_decay}, {"params": decayed, "weight_decay": 0.0}]',
            ),
            "in the other order": (
                '[{"params": decayed, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]',
                '[{"params": others, "weight_decay": 0.0}, {"params": decayed, "weight_decay": weight_decay}]',
            ),
        },
    ),
    "both decay": Kind(
        "Your second group has a decay of its own, or does not say that it has none. Where a group says "
        "nothing, the optimizer's usual decay holds, which is not zero.",
        {
            "the same decay": ('others, "weight_decay": 0.0', 'others, "weight_decay": weight_decay'),
            "nothing said": ('{"params": others, "weight_decay": 0.0}', '{"params": others}'),
        },
    ),
    "decay hard-coded": Kind(
        HARD_CODED, {"decay hard-coded": ('decayed, "weight_decay": weight_decay', 'decayed, "weight_decay": 0.1')}
    ),
    "a weight in no group": Kind(
        "Some parameters stand in neither of your groups. They get gradients, but no optimizer ever takes a "
        "step with them.",
        {
            "embeddings forgotten": (
                "[weight for weight in model.parameters() if id(weight) not in taken]",
                "[weight for weight in model.parameters() if weight.ndim < 2]",
            ),
            "vectors forgotten": (
                "[weight for weight in model.parameters() if id(weight) not in taken]",
                "[weight for weight in model.parameters() if id(weight) in embeddings]",
            ),
            "the second group forgotten": (
                '[{"params": decayed, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]',
                '[{"params": decayed, "weight_decay": weight_decay}]',
            ),
            "what is in no block": (
                "[weight for weight in model.parameters() if id(weight) not in taken]",
                "[weight for weight in model.blocks.parameters() if id(weight) not in taken]",
            ),
        },
    ),
    "a weight in both groups": Kind(
        "What stands in your first group stands in the second as well. It would take two steps at a time, and "
        "torch refuses to build such an optimizer.",
        {
            "a weight in both groups": (
                "[weight for weight in model.parameters() if id(weight) not in taken]",
                "list(model.parameters())",
            )
        },
    ),
    "another order": Kind(
        "Your parameters come in another order than the model's own. What is saved of an optimizer goes by "
        "their places, and would be given to other weights.",
        {
            "backwards": ("id(weight) not in embeddings]", "id(weight) not in embeddings][::-1]"),
            "backwards in the second": ("if id(weight) not in taken]", "if id(weight) not in taken][::-1]"),
            "by size": (
                "[weight for weight in model.parameters() if weight.ndim >= 2 and id(weight) not in embeddings]",
                (
                    "sorted([weight for weight in model.parameters() if weight.ndim >= 2 and id(weight) not in "
                    "embeddings], key=torch.numel)"
                ),
            ),
        },
    ),
    "not the parameters themselves": Kind(
        "Your groups do not hold the parameters of the model, but copies, views or names. An optimizer would "
        "change those, and the model stays as it is.",
        {
            "copies": (
                '[{"params": decayed, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]',
                (
                    '[{"params": [weight.detach().clone() for weight in decayed], "weight_decay": weight_decay}, '
                    '{"params": others, "weight_decay": 0.0}]'
                ),
            ),
            "without a gradient": (
                '[{"params": decayed, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]',
                (
                    '[{"params": decayed, "weight_decay": weight_decay}, {"params": [weight.detach() for weight in '
                    'others], "weight_decay": 0.0}]'
                ),
            ),
        },
    ),
    "weights looked for by comparison": Kind(
        "You look for a weight in a list of weights, which Python does by comparing them. Two tensors are "
        "compared number by number, or not at all if their shapes differ: there is no single yes or no, and "
        "your code stops.",
        {"weights looked for with in": ("if id(weight) not in taken]", "if weight not in decayed]")},
    ),
    "a tuple instead of a list": Kind(
        "You return a tuple where a list is asked for. In a loop they look alike, but nothing can be added to "
        "a tuple, and code that expects a list may refuse it.",
        {
            "a tuple": (
                '[{"params": decayed, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]',
                '({"params": decayed, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0})',
            )
        },
    ),
    "nothing returned": Kind(
        NOTHING_RETURNED,
        {
            "nothing returned": (
                ('return [{"params": decayed, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]'),
                '[{"params": decayed, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]',
            )
        },
    ),
}
