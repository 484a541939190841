"""What people write for attentions.sparse.indexer.index_scores, and why it matters."""

from scripts.workshop.diagnose import Kind

MATCH = 'match = torch.einsum("bthd,bsd->bths", query.to(wide), key.to(wide)) * D**-0.5'
RELU = "match = match.relu()"
SUM = 'return torch.einsum("bth,bths->bts", weights.to(wide) * H**-0.5, match)'

MISTAKES = {
    "no relu": Kind(
        "You leave out the relu. Without it all heads together are a single product of one query with the key, and what "
        "one head likes another can cancel.",
        {"no relu": (RELU, "pass")},
    ),
    "relu after the sum": Kind(
        "You apply the relu to the sum over the heads. A head with a negative weight is there to speak against a key, and "
        "all keys that it speaks against would come out alike, at 0.",
        {
            "relu after the sum": (
                f"{RELU}\n    # Add up the heads, each with the weight that the query's token gives it.\n    {SUM}",
                f"{SUM}.relu()",
            ),
            "relu of the weighted heads": (
                f"{RELU}\n    # Add up the heads, each with the weight that the query's token gives it.\n    {SUM}",
                "return (weights.to(wide)[..., None] * H**-0.5 * match).relu().sum(dim=2)",
            ),
        },
    ),
    "another function": Kind(
        "You use another function in place of the relu. A softmax would make the heads compete over keys that only come "
        "later, and a square or a size would count keys that do not match.",
        {
            "softmax": (RELU, "match = match.softmax(dim=-1)"),
            "squared relu": (RELU, "match = match.relu().square()"),
            "the absolute value": (RELU, "match = match.abs()"),
            "sigmoid": (RELU, "match = match.sigmoid()"),
        },
    ),
    "heads not weighted": Kind(
        "You add up the heads without the weights of the query's token. Every token then asks with all heads alike.",
        {
            "the plain sum": (SUM, "return match.sum(dim=2) * H**-0.5"),
            "the mean": (SUM, "return match.mean(dim=2)"),
        },
    ),
    "weights normalised": Kind(
        "You normalise the weights over the heads, or make them positive. They are free numbers, and a negative one lets a "
        "head speak against a key.",
        {
            "softmax of the weights": (SUM, SUM.replace("weights.to(wide)", "weights.to(wide).softmax(dim=-1)")),
            "sigmoid of the weights": (SUM, SUM.replace("weights.to(wide)", "weights.to(wide).sigmoid()")),
            "relu of the weights": (SUM, SUM.replace("weights.to(wide)", "weights.to(wide).relu()")),
        },
    ),
    "a scale left out": Kind(
        "You leave out one of the two scales, or put another in its place. They change no order, but the loss takes a "
        "softmax of these scores, which would be sharper or flatter than the trained weights know it.",
        {
            "no scale of the products": (MATCH, MATCH.removesuffix(" * D**-0.5")),
            "no scale of the heads": (SUM, SUM.replace(" * H**-0.5", "")),
            "1/D": (MATCH, MATCH.replace("D**-0.5", "D**-1")),
            "the mean over the heads": (SUM, SUM.replace("H**-0.5", "H**-1")),
        },
    ),
    "multiplied too narrow": Kind(
        "You multiply before you widen. The sums are rounded to the digits of bfloat16 then, in which many keys come out alike.",
        {"multiplied too narrow": (MATCH, MATCH.replace("query.to(wide), key.to(wide))", "query, key).to(wide)"))},
    ),
    "the future hidden": Kind(
        "You hide some of the keys. That is done by the caller, who knows the positions: with a cache there are more keys "
        "than queries.",
        {"a causal mask": (SUM, SUM + ".tril()")},
    ),
}

WITHOUT = {"result in float32": "Scores are in float32 at least, whatever the inputs."}
