"""What people write for attentions.sparse.key_blocks.block_means, and why it matters."""

from scripts.workshop.diagnose import Kind

PAD = "F.pad(key, (0, 0, 0, -key.size(2) % size))"
COUNT = "(key.size(2) - start).clamp(max=size)[:, None]"

MISTAKES = {
    "last block divided by a whole size": Kind(
        "You divide the last block by the size of a whole one, or average it with what fills it up. Its mean is then too "
        "short, and a product with it too small.",
        {"last block divided by a whole size": (COUNT, "size")},
    ),
    "last block dropped": Kind(
        "You leave out the keys of the last block where it is shorter than the others. N is ceil(T / size): the newest "
        "tokens have a block, too.",
        {
            "last block dropped": (
                PAD,
                "(key := key[..., : max(key.size(2) // size, 1) * size, :])",
            )
        },
    ),
    "last block refused": Kind(
        "Your code works only where the blocks fit the text. Lengths come as they are, and the last block holds what is "
        "left.",
        {"last block refused": (PAD, "key")},
    ),
    "summed": Kind(
        "You return the sum of a block's keys. All scores of whole blocks grow alike, but those of the last one do not.",
        {"summed": (f" / {COUNT}", "")},
    ),
    "greatest": Kind(
        "You take the greatest element of each block instead of the mean. A product with it is no mean of scores.",
        {
            "greatest": (
                f"return total / {COUNT}",
                'fill = F.pad(key, (0, 0, 0, -key.size(2) % size), value=float("-inf"))\n'
                "    return fill.unflatten(-2, (-1, size)).amax(dim=-2)",
            )
        },
    ),
    "one key of each": Kind(
        "You take one key of each block for all of them. What the others say about the block is lost.",
        {
            "the first key": (f"return total / {COUNT}", "return key[..., ::size, :]"),
        },
    ),
    "every so many": Kind(
        "You average keys that lie apart instead of neighbours. A block is a piece of the text.",
        {
            "every so many": (
                ".unflatten(2, (-1, size)).sum(dim=3)",
                ".unflatten(2, (size, -1)).sum(dim=2)",
            )
        },
    ),
    "running means": Kind(
        "You return a mean for every token, of all keys of its block or of those around it. There is one for each block.",
        {
            "one for every token": (
                f"return total / {COUNT}",
                f"return (total / {COUNT}).repeat_interleave(size, dim=-2)[..., : key.size(2), :]",
            )
        },
    ),
    "another axis": Kind(
        "You average over the elements of a key, or over heads, and not over the tokens of a block. A mean has as many "
        "elements as a key, and every head has its own.",
        {
            "heads averaged": (
                "start = torch.arange",
                "total = total.mean(dim=1, keepdim=True).expand_as(total)\n    start = torch.arange",
            ),
            "elements averaged": (
                "start = torch.arange",
                "total = total.mean(dim=-1, keepdim=True).expand_as(total)\n    start = torch.arange",
            ),
        },
    ),
}
