"""What people write for attentions.sparse.key_blocks.block_mask, and why it matters."""

from scripts.workshop.diagnose import Kind

PAD = "mask = F.pad(mask, (0, -mask.size(-1) % key_size, 0, -mask.size(-2) % query_size))"
KEYS = "mask = mask.unflatten(-1, (-1, key_size)).any(dim=-1)"
QUERIES = "return mask.unflatten(-2, (-1, query_size)).any(dim=-2)"

MISTAKES = {
    "only what is visible as a whole": Kind(
        "You call a block read only where all of its queries see all of its keys. What is visible in part would not be "
        "loaded: on the diagonal of a causal mask, a query would lose its own key.",
        {
            "all of the keys": (KEYS, KEYS.replace("any", "all")),
            "all of the queries": (QUERIES, QUERIES.replace("any", "all")),
            "all of both": (f"{KEYS}\n    {QUERIES}", f"{KEYS}\n    {QUERIES}".replace("any", "all")),
        },
    ),
    "last block dropped": Kind(
        "You leave out the last blocks where they are shorter than the others. Texts end anywhere, and their last tokens "
        "would attend to nothing.",
        {
            "last blocks dropped": (
                PAD,
                "Tq, Tk = mask.size(-2) // query_size * query_size, mask.size(-1) // key_size * key_size\n"
                "    mask = mask[..., :Tq, :Tk]",
            )
        },
    ),
    "last block refused": Kind(
        "Your code works only where the blocks fit the text. Lengths come as they are, and the last block holds what is "
        "left.",
        {"last block refused": (PAD, "pass")},
    ),
    "filled up with what is visible": Kind(
        "You fill up the last blocks with keys or queries that count as visible. Blocks of the future would be read, for "
        "tokens that do not exist.",
        {"filled up with what is visible": ("% query_size))", "% query_size), value=True)")},
    ),
    "filled up in front": Kind(
        "You fill up the first blocks instead of the last ones. Block 0 begins with token 0, or blocks would move whenever "
        "the text grows by a token.",
        {
            "filled up in front": (
                PAD,
                "mask = F.pad(mask, (-mask.size(-1) % key_size, 0, -mask.size(-2) % query_size, 0))",
            )
        },
    ),
    "the first of each block": Kind(
        "You look at one query or one key of each block alone. Whether a block is read depends on all of its tokens.",
        {
            "the first key": (KEYS, "mask = mask[..., ::key_size]"),
            "the first query": (QUERIES, "return mask[..., ::query_size, :]"),
            "the last query": (QUERIES, "return mask[..., query_size - 1 :: query_size, :]"),
        },
    ),
    "sizes swapped": Kind(
        "You cut the queries by the size of the keys' blocks, or the keys by that of the queries. A kernel may well take "
        "128 queries at a time, and 64 keys.",
        {
            "the keys by the queries' size": (
                f"{PAD}\n    # Cut",
                "query_size, key_size = key_size, query_size\n    " + f"{PAD}\n    # Cut",
            ),
            "one size for both": (
                f"{PAD}\n    # Cut",
                "query_size = key_size\n    " + f"{PAD}\n    # Cut",
            ),
        },
    ),
    "every so many": Kind(
        "You put every so many tokens together instead of neighbours. A block is a piece of the text: its keys lie side "
        "by side in memory.",
        {
            "keys that lie apart": (KEYS, "mask = mask.unflatten(-1, (key_size, -1)).any(dim=-2)"),
            "queries that lie apart": (QUERIES, "return mask.unflatten(-2, (query_size, -1)).any(dim=-3)"),
        },
    ),
    "counted": Kind(
        "You return how many keys are visible in a block, not whether any is. The caller inverts your mask, or selects "
        "by it, which fails with numbers or misreads them.",
        {"counted": (QUERIES, "return mask.unflatten(-2, (-1, query_size)).sum(dim=-2)")},
    ),
}
