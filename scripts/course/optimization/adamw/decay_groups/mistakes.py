"""What people write for optimization.adamw.decay_groups, and why it matters."""

from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import HARD_CODED

MISTAKES = {
    "everything decays": Kind(
        "Your first group has every parameter. A norm's weight sets a size on purpose and a bias has no norm "
        "behind it: pulled to zero, they lose what the model needs.",
        {
            "everything decays": (
                "[weight for weight in model.parameters() if weight.ndim >= 2 and id(weight) not in embeddings]",
                "list(model.parameters())",
            )
        },
    ),
    "frozen parameters left out": Kind(
        "You leave out parameters that need no gradient at the moment, as nanoGPT does. Every parameter is in one of the "
        "groups: one that is thawed later would never be trained.",
        {
            "frozen parameters left out": (
                """    decayed = [weight for weight in model.parameters() if weight.ndim >= 2 and id(weight) not in embeddings]
    # All others do not decay.
    taken = {id(weight) for weight in decayed}
    others = [weight for weight in model.parameters() if id(weight) not in taken]""",
                """    trained = [weight for weight in model.parameters() if weight.requires_grad]
    decayed = [weight for weight in trained if weight.ndim >= 2 and id(weight) not in embeddings]
    taken = {id(weight) for weight in decayed}
    others = [weight for weight in trained if id(weight) not in taken]""",
            )
        },
    ),
    "embeddings decay": Kind(
        "You let the weights of embeddings decay, because they have two dimensions. A row has a gradient only"
        " where its token occurs, and decay in between pulls rare ones to zero.",
        {
            "all of them": (" and id(weight) not in embeddings", ""),
            "those of positions": (
                "{id(module.weight) for module in model.modules() if isinstance(module, nn.Embedding)}",
                "{id(model.embedding.token_embedding.weight)}",
            ),
        },
    ),
    "a tied head decays": Kind(
        "You let a head decay that is tied to the embedding. It is one parameter with two names, and as an "
        "embedding it does not decay.",
        {
            "a tied head decays": (
                "id(weight) not in embeddings]",
                "(id(weight) not in embeddings or weight is model.head.lm_head.weight)]",
            )
        },
    ),
    "the head does not decay": Kind(
        "You leave the head out of what decays. It is a matrix like the others, unless it is tied to the embedding.",
        {
            "the head does not decay": (
                "weight.ndim >= 2 and",
                "weight.ndim >= 2 and weight is not model.head.lm_head.weight and",
            ),
            "only what is in the blocks": (
                "decayed = [weight for weight in model.parameters()",
                "decayed = [weight for weight in model.blocks.parameters()",
            ),
        },
    ),
    "vectors decay": Kind(
        "You let vectors decay: norm weights, biases, or others with one dimension. Only matrices decay, "
        "because a norm behind them makes up for their size.",
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
        "Your first group has no parameter, or none of the matrices. The weight decay has no effect then.",
        {
            "more than two dimensions asked for": ("weight.ndim >= 2", "weight.ndim > 2"),
            "no dimension at all": ("weight.ndim >= 2", "weight.ndim < 1"),
        },
    ),
    "some matrices only": Kind(
        "You let some matrices decay and others not, by their shape or their place. All matrices decay, "
        "except embeddings.",
        {
            "square matrices only": ("weight.ndim >= 2", "weight.ndim >= 2 and weight.size(0) == weight.size(1)"),
            "no experts": (
                "decayed = [weight for weight in model.parameters() if",
                'decayed = [weight for name, weight in model.named_parameters() if "experts" not in name and',
            ),
        },
    ),
    "groups swapped": Kind(
        "The weight decay is at the wrong group, or the groups come in the other order. The first group has "
        "the matrices and weight_decay, the second all others and 0.0.",
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
        "Your second group has a weight decay, or does not say that it has none. Without the key the "
        "optimizer's default applies, which is not zero.",
        {
            "the same decay": ('others, "weight_decay": 0.0', 'others, "weight_decay": weight_decay'),
            "nothing said": ('{"params": others, "weight_decay": 0.0}', '{"params": others}'),
        },
    ),
    "decay hard-coded": Kind(
        HARD_CODED, {"decay hard-coded": ('decayed, "weight_decay": weight_decay', 'decayed, "weight_decay": 0.1')}
    ),
    "a parameter in no group": Kind(
        "Some parameters are in neither group. They get gradients, but no optimizer takes a step with them.",
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
    "a parameter in both groups": Kind(
        "The parameters of the first group are in the second as well. They would take two steps at a time, "
        "and torch refuses to build such an optimizer.",
        {
            "a weight in both groups": (
                "[weight for weight in model.parameters() if id(weight) not in taken]",
                "list(model.parameters())",
            )
        },
    ),
    "another order": Kind(
        "Your parameters come in another order than that of model.parameters(). A saved optimizer state goes "
        "by position, and would be loaded into other parameters.",
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
        "Your groups have copies or detached views instead of the parameters. An optimizer would change those"
        " or find no gradient, and the model stays as it is.",
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
    "parameters compared with in": Kind(
        "You look for a parameter in a list with `in`, which compares tensors with ==. That gives one result "
        "per element, or an error where the shapes differ, and no single yes or no.",
        {"weights looked for with in": ("if id(weight) not in taken]", "if weight not in decayed]")},
    ),
    "a tuple instead of a list": Kind(
        "You return a tuple, and the signature says list. Nothing can be appended to a tuple, and code that "
        "expects a list may fail.",
        {
            "a tuple": (
                '[{"params": decayed, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]',
                '({"params": decayed, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0})',
            )
        },
    ),
}
