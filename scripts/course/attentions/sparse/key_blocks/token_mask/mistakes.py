"""What people write for attentions.sparse.key_blocks.token_mask, and why it matters."""

from scripts.course.positions.explanations import PLACES, SHARED_ONLY
from scripts.workshop.diagnose import Kind

CAUSAL = "causal_mask(query_position, key_position).unsqueeze(-3)"

MISTAKES = {
    "future seen": Kind(
        "You show whole blocks, the future within them too. A query's own block has later tokens, which the model is to "
        "predict.",
        {"future seen": (f"mask & {CAUSAL}", "mask")},
    ),
    "causal by blocks": Kind(
        "You compare blocks where tokens are to be compared. Within its own block a query would see what lies ahead.",
        {"causal by blocks": (CAUSAL, "causal_mask(query_position // size, key_position // size).unsqueeze(-3)")},
    ),
    "past alone": Kind(
        "You ignore the choice, and show all that came before. Attention is then as dense as ever.",
        {"past alone": (f"mask & {CAUSAL}", f"{CAUSAL}.expand_as(mask)")},
    ),
    "token hidden from itself": Kind(
        "You hide every token from itself. The first token of a text is then left with no key at all: its softmax is not a "
        "number.",
        {"token hidden from itself": (CAUSAL, "causal_mask(query_position - 1, key_position).unsqueeze(-3)")},
    ),
    "chosen or past": Kind(
        "You show what is in a chosen block or in the past, where both are needed. Chosen blocks then show the future.",
        {"chosen or past": (f"mask & {CAUSAL}", f"mask | {CAUSAL}")},
    ),
    "inverted": Kind(
        "You show the blocks that were not chosen. True means chosen, and visible.",
        {"inverted": ("mask = chosen.gather", "mask = ~chosen.gather")},
    ),
    "every so many": Kind(
        "You give block j every so many keys, as a remainder does, instead of neighbours. Block j holds the keys at "
        "positions j * size to (j + 1) * size - 1.",
        {"every so many": ("(key_position // size)", "(key_position % chosen.size(-1))")},
    ),
    "causal within places": Kind(
        PLACES,
        {
            "queries counted from zero": (
                CAUSAL,
                "causal_mask(torch.arange(chosen.size(-2)), key_position).unsqueeze(-3)",
            ),
        },
    ),
    "the first sequence for all": Kind(
        SHARED_ONLY,
        {"the first sequence's queries for all": (f"return mask & {CAUSAL}", f"return mask & {CAUSAL}[:1]")},
    ),
    "heads alike": Kind(
        "You take the choice of one head, or of all heads together, for each of them. Every head chooses for itself.",
        {
            "the first head's choice": (
                "return mask & ",
                "mask = mask[:, :1].expand_as(mask)\n    return mask & ",
            ),
            "what any head has chosen": (
                "return mask & ",
                "mask = mask.any(dim=1, keepdim=True).expand_as(mask)\n    return mask & ",
            ),
        },
    ),
    "not true and false": Kind(
        "Your mask is not boolean but numeric. The caller selects by it, which fails with numbers.",
        {"zeros and ones": (f"return mask & {CAUSAL}", f"return (mask & {CAUSAL}).float()")},
    ),
}
