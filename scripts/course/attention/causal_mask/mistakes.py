"""What people write for attention.causal_mask, and why it matters."""

from scripts.course.attentions.backends.explanations import MASK_FIRST_SEQUENCE
from scripts.course.positions.explanations import (
    KEYS_BY_QUERIES,
    PLACES,
    POSITIONS_CHANGED,
    QUERIES_WITH_QUERIES,
    SHARED_ONLY,
)
from scripts.workshop.diagnose import Kind

QUERY, KEY = "query_position[..., :, None]", "key_position[..., None, :]"
MASK = f"return {KEY} <= {QUERY}"

MISTAKES = {
    "token hidden from itself": Kind(
        "You hide every token from itself. The first token of a text is left with no key at all, and its softmax is NaN.",
        {"token hidden from itself": (MASK, f"return {KEY} < {QUERY}")},
    ),
    "future visible": Kind(
        "Your mask is true for keys that lie ahead of the query. They are what the model should predict: in training it "
        "copies them, and in generation, where they are missing, it fails.",
        {
            "one token of the future visible": (MASK, f"return {KEY} <= {QUERY} + 1"),
            "everything visible": (MASK, f"return {KEY} == {KEY} + 0 * {QUERY}"),
        },
    ),
    "past hidden instead of the future": Kind(
        "Your mask has the wrong direction: later keys are visible, and earlier ones are hidden. In training the "
        "model copies the answer from the future, and in generation it has next to nothing to attend to.",
        {"past hidden instead of the future": (MASK, f"return {KEY} >= {QUERY}")},
    ),
    "hidden and visible swapped": Kind(
        "Your mask is true where a key is hidden. It should be true where a query may attend, as in torch's own attention.",
        {"hidden and visible swapped": (MASK, f"return {KEY} > {QUERY}")},
    ),
    "only the token itself visible": Kind(
        "Your mask is true for a token's own position and nothing else. Attention then carries nothing from one token to "
        "another.",
        {"only the token itself visible": (MASK, f"return {KEY} == {QUERY}")},
    ),
    "keys by queries": Kind(
        KEYS_BY_QUERIES,
        {"keys by queries": (MASK, "return key_position[..., :, None] <= query_position[..., None, :]")},
    ),
    "places taken for positions": Kind(
        PLACES,
        {
            "keys counted from zero": (
                MASK,
                f"import torch\n    return torch.arange(key_position.size(-1)) <= {QUERY}",
            ),
            "queries counted from zero": (
                MASK,
                f"import torch\n    return {KEY} <= torch.arange(query_position.size(-1))[:, None]",
            ),
            "a triangle from the top left": (MASK, f"return ({KEY} == {KEY} + 0 * {QUERY}).tril()"),
            "a triangle into the bottom right": (
                MASK,
                f"return ({KEY} == {KEY} + 0 * {QUERY}).tril(key_position.size(-1) - query_position.size(-1))",
            ),
        },
    ),
    "queries with queries": Kind(QUERIES_WITH_QUERIES, {"queries with queries": (KEY, "query_position[..., None, :]")}),
    "positions of one sequence only": Kind(
        SHARED_ONLY,
        {"positions shared by all sequences only": (MASK, "return key_position[None, :] <= query_position[:, None]")},
    ),
    "the first sequence's positions for all": Kind(
        MASK_FIRST_SEQUENCE,
        {
            "the first sequence's mask for all": (
                MASK,
                f"mask = {KEY} <= {QUERY}\n    return mask if mask.ndim == 2 else mask[:1].expand_as(mask)",
            ),
            "the first sequence's keys for all": (
                MASK,
                f"if key_position.ndim == 2:\n        key_position = key_position[:1].expand_as(key_position)\n    {MASK}",
            ),
            "the first sequence's queries for all": (
                MASK,
                "if query_position.ndim == 2:\n        query_position = query_position[:1].expand_as(query_position)\n"
                f"    {MASK}",
            ),
        },
    ),
    "one axis too many": Kind(
        "Your mask has an axis more than (B, Tq, Tk), or (Tq, Tk) where all sequences share their positions. The layer that "
        "reads it adds the axis for the heads, and with yours it no longer lines up with the scores.",
        {
            "an axis for the sequences, whether there is one or not": (
                MASK,
                f"mask = {KEY} <= {QUERY}\n    return mask[None] if mask.ndim == 2 else mask",
            ),
            "an axis for the heads": (MASK, f"return ({KEY} <= {QUERY}).unsqueeze(-3)"),
        },
    ),
    "not true and false": Kind(
        "Your mask holds integers or floats, where booleans are needed. The attention that reads it fails with any "
        "other dtype.",
        {
            "zeros and ones": (MASK, f"return ({KEY} <= {QUERY}).long()"),
            "a mask to be added": (
                MASK,
                f'mask = {KEY} <= {QUERY}\n    return (0.0 * mask).masked_fill(~mask, float("-inf"))',
            ),
        },
    ),
    "positions changed in place": Kind(
        POSITIONS_CHANGED,
        {"positions changed in place": (MASK, f"return {KEY} + 1 <= query_position.add_(1)[..., :, None]")},
    ),
}
