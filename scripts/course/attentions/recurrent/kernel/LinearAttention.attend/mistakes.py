"""What people write for attentions.recurrent.kernel.LinearAttention.attend, and why it matters."""

from scripts.workshop.diagnose import Kind

SCAN = "y = scan(context, linear_attention, query, key, value_and_one, torch.zeros_like(query[..., 0]))"
RETURN = "return (y[..., :-1] / (y[..., -1:] + NORMALISER_EPS)).to(value.dtype)"
WIDE = "query = query.to(torch.promote_types(query.dtype, torch.float32))"

MISTAKES = {
    "not divided": Kind(
        "You do not divide by the sum of the weights. What is read grows then with every token that is written.",
        {"not divided": (RETURN, "return y[..., :-1].to(value.dtype)")},
    ),
    "another sum": Kind(
        "You divide by another sum than that of the query's weights. It has one term for each token so far, its features times "
        "the query's.",
        {
            "the number of tokens": (
                RETURN,
                "count = torch.arange(1, y.size(2) + 1, dtype=y.dtype)[:, None]\n        "
                "return (y[..., :-1] / (count + NORMALISER_EPS)).to(value.dtype)",
            ),
            "the token's own weight": (
                RETURN,
                "return (y[..., :-1] / ((query * key).sum(-1, keepdim=True) + NORMALISER_EPS)).to(value.dtype)",
            ),
            "of later tokens too": (
                RETURN,
                "total = (query * key.sum(2, keepdim=True)).sum(-1, keepdim=True)\n        "
                "return (y[..., :-1] / (total + NORMALISER_EPS)).to(value.dtype)",
            ),
            "of the keys, without the query": (
                RETURN,
                "total = key.cumsum(2).sum(-1, keepdim=True)\n        return (y[..., :-1] / (total + NORMALISER_EPS)).to(value.dtype)",
            ),
        },
    ),
    "no one": Kind(
        "You append something else than a one. The last column of the state is to be the sum of the keys.",
        {"a zero": ("F.pad(value, (0, 1), value=1.0)", "F.pad(value, (0, 1))")},
    ),
    "at the other end": Kind(
        "You put the one in front and take it for the last, or the other way round. An element of the values is then taken for the "
        "sum.",
        {
            "in front": ("F.pad(value, (0, 1), value=1.0)", "F.pad(value, (1, 0), value=1.0)"),
            "read in front": (RETURN, "return (y[..., 1:] / (y[..., :1] + NORMALISER_EPS)).to(value.dtype)"),
        },
    ),
    "decay": Kind(
        "You let the state decay. Zeros are the logarithms of no decay; a one would be growth.",
        {
            "growth": ("torch.zeros_like(query[..., 0])", "torch.ones_like(query[..., 0])"),
            "decay": ("torch.zeros_like(query[..., 0])", "-torch.ones_like(query[..., 0])"),
        },
    ),
    "queries and keys exchanged": Kind(
        "You exchange queries and keys. What is written under a query is read by no one's key.",
        {"exchanged": (SCAN, SCAN.replace("query, key", "key, query"))},
    ),
    "divided by zero": Kind(
        "You leave out the eps, take another, or do not add it. Where all features are zero, the sum is zero as well, and 0 / 0 is nan.",
        {
            "left out": (RETURN, "return (y[..., :-1] / y[..., -1:]).to(value.dtype)"),
            "the least that it may be": (
                RETURN,
                "return (y[..., :-1] / y[..., -1:].clamp(min=NORMALISER_EPS)).to(value.dtype)",
            ),
            "a hundredth": (RETURN, "return (y[..., :-1] / (y[..., -1:] + 1e-2)).to(value.dtype)"),
        },
    ),
    "too narrow": Kind(
        "You narrow the two sums before you divide them. Over a long text they outgrow float16, and their quotient is then 0 or nan.",
        {
            "in the dtype of the queries": (WIDE, ""),
            "narrowed first": (RETURN, "y = y.to(value.dtype)\n        " + RETURN),
        },
    ),
    "a mean of all": Kind(
        "You also return the column of the sum. It is the divisor, and not one of the D elements.",
        {"not cut off": (RETURN, "return (y / (y[..., -1:] + NORMALISER_EPS)).to(value.dtype)")},
    ),
}
