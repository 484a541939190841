"""What people write for attentions.sparse.nsa.compressed_attention, and why it matters."""

from scripts.workshop.diagnose import Kind

END = "torch.arange(key.size(2), device=query.device) * stride + size - 1"
REPEATED = "key, value = repeat_kv(key, query.size(1)), repeat_kv(value, query.size(1))"
WEIGHTS = "scores.masked_fill(~visible, torch.finfo(wide).min).softmax(dim=-1) * visible"

MISTAKES = {
    "spans read too early": Kind(
        "You let a query read a span before its last token has come. The compressed key then tells of tokens that the "
        "model is to predict.",
        {
            "from its first token on": (END, "torch.arange(key.size(2), device=query.device) * stride"),
            "one token too early": (END, f"{END} - 1"),
            "from the start of the next one on": (
                END,
                "torch.arange(key.size(2), device=query.device) * stride + stride - 1",
            ),
            "always": (".view(-1, 1, query.size(2), key.size(2))", ".view(-1, 1, query.size(2), key.size(2)) | True"),
        },
    ),
    "spans read too late": Kind(
        "You hide a span from the query at its last token. It may be read there: it holds nothing that lies ahead.",
        {"spans read too late": (END, f"{END} + 1")},
    ),
    "stride of a span": Kind(
        "You let spans begin at every size tokens, or at every one. They begin stride tokens apart, and have size tokens.",
        {
            "side by side": (END, "torch.arange(key.size(2), device=query.device) * size + size - 1"),
            "size and stride exchanged": (
                END,
                "torch.arange(key.size(2), device=query.device) * size + stride - 1",
            ),
            "at every token": (END, "torch.arange(key.size(2), device=query.device) + size - 1"),
        },
    ),
    "not a number": Kind(
        "Where no span has ended yet, your result is not a number. The first tokens of every text have none, and through "
        "the backward pass it reaches every weight.",
        {
            "not a number": (WEIGHTS, 'scores.masked_fill(~visible, float("-inf")).softmax(dim=-1)'),
        },
    ),
    "hidden spans averaged": Kind(
        "Where no span has ended yet, you average all of them. They lie in the future; what such a query gets is zero.",
        {
            "hidden spans averaged": (
                f"{WEIGHTS}",
                "scores.masked_fill(~visible, torch.finfo(wide).min).softmax(dim=-1)",
            )
        },
    ),
    "hidden after the softmax": Kind(
        "You hide spans after the softmax only. They have taken their part of the weight by then, so that the rest does not "
        "sum to one.",
        {"hidden after the softmax": (WEIGHTS, "scores.softmax(dim=-1) * visible")},
    ),
    "scale left out": Kind(
        "You do not multiply the scores by the scale, or use another. It is passed in, and may be anything.",
        {
            "scale left out": (" * scale\n", "\n"),
            "of the head dim": (" * scale\n", " * query.size(-1) ** -0.5\n"),
        },
    ),
    "heads in another order": Kind(
        "Your query heads read other key/value heads than their own. Neighbouring query heads belong together: head i "
        "reads floor(i * G / H).",
        {
            "heads in turn": (
                REPEATED,
                "key, value = (each.repeat(1, query.size(1) // each.size(1), 1, 1) for each in (key, value))",
            )
        },
    ),
    "queries counted from zero": Kind(
        "You count the queries of this call from 0, where their positions are passed in. With a cache the first new token "
        "is not at position 0, and many spans have ended before it.",
        {
            "queries counted from zero": (
                "(end <= query_position[..., :, None])",
                "(end <= torch.arange(query.size(2))[:, None])",
            )
        },
    ),
    "the first sequence for all": Kind(
        "You take the positions of the first sequence for all of them. Each may come with its own, (B, T).",
        {
            "the first sequence for all": (
                "(end <= query_position[..., :, None])",
                "(end <= query_position.view(-1, query.size(2))[:1, :, None])",
            )
        },
    ),
    "scores for weights": Kind(
        "You return the scores, or the weights of other keys, beside the output. What chooses blocks are the weights, by "
        "which the values were averaged.",
        {"scores for weights": ("@ value, weights", "@ value, scores")},
    ),
    "order of the results": Kind(
        "You return the weights first. The caller takes the output first, then the weights.",
        {
            "order of the results": (
                "return weights.to(value.dtype) @ value, weights",
                "return weights, weights.to(value.dtype) @ value",
            )
        },
    ),
    "weights narrowed": Kind(
        "You return the weights in the dtype of the values. Blocks are chosen by sums of them, which bfloat16 cannot tell "
        "apart.",
        {"weights narrowed": ("@ value, weights", "@ value, weights.to(value.dtype)")},
    ),
}

WITHOUT = {"not widened to float32": "What shows is that the weights are narrow, and 'weights narrowed' says so."}
