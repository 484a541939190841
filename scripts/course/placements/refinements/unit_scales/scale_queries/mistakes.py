"""What people write for placements.refinements.unit_scales.scale_queries, and why it matters."""

from scripts.workshop.diagnose import Kind

SQUARED = "layer.qk_scale().view(layer.n_head, layer.head_dim).square()"
SCALED = "query * squared.to(query.dtype)"

MISTAKES = {
    "not squared": Kind(
        "You multiply the queries by s, and nothing makes up for the keys. The score of s * query and s * key has the square "
        "of every factor.",
        {"not squared": (SQUARED, SQUARED.removesuffix(".square()"))},
    ),
    "keys scaled as well": Kind(
        "You scale the keys too. The square is in the queries already, so that the keys stay as they are.",
        {
            "by s": (", key\n", ", key * layer.qk_scale().view(layer.n_head, -1)[: key.size(2)]\n"),
            "by its square": (", key\n", ", key * squared.to(key.dtype)[: key.size(2)]\n"),
        },
    ),
    "keys instead of queries": Kind(
        "You scale the keys, and not the queries. Several query heads may read one key, and each has factors of its own.",
        {"keys instead of queries": (SCALED + ", key\n", "query, key * squared.to(key.dtype)[: key.size(2)]\n")},
    ),
    "split the wrong way": Kind(
        "You split the factors in another order than the queries. Those of a head lie side by side: n_head rows of head_dim.",
        {
            "elements first": (
                ".view(layer.n_head, layer.head_dim)",
                ".view(layer.head_dim, layer.n_head).T",
            )
        },
    ),
    "one head's factors for all": Kind(
        "All heads of yours have the same factors, those of the first one or a mean. Each has its own.",
        {
            "the first head's": (SCALED, "query * squared[:1].to(query.dtype)"),
            "the mean of the heads": (SCALED, "query * squared.mean(0, keepdim=True).to(query.dtype)"),
        },
    ),
    "one factor for each head": Kind(
        "You have one factor for a whole head. There is one for every element of it.",
        {
            "the mean": (SCALED, "query * squared.mean(dim=-1, keepdim=True).to(query.dtype)"),
            "the first": (SCALED, "query * squared[:, :1].to(query.dtype)"),
        },
    ),
    "the factor as it is stored": Kind(
        "You use what the module stores. Its size is another one, for the optimizer's sake: calling it returns the factors.",
        {"the factor as it is stored": ("layer.qk_scale().view", "layer.qk_scale.weight.view")},
    ),
    "the norm taken back": Kind(
        "You norm the scaled queries once more. Their length is what the factors have just given them.",
        {
            "the norm taken back": (
                SCALED,
                "query * squared.to(query.dtype) / (query * squared.to(query.dtype)).norm(dim=-1, keepdim=True)",
            )
        },
    ),
    "narrowed too early": Kind(
        "You narrow the factors before you square them. Their rounding counts twice in the square.",
        {"narrowed too early": ("layer.qk_scale().view", "layer.qk_scale().to(query.dtype).view")},
    ),
    "divided": Kind(
        "You divide by the factors. They are one at first and grow as the softmax gets sharper.",
        {"divided": (SCALED, "query / squared.to(query.dtype)")},
    ),
    "the root": Kind(
        "You take the root of the factors where their square is meant. A score has a factor of the query and one of the key.",
        {"the root": (".square()", ".abs().sqrt()")},
    ),
}
