"""What people write for attentions.sparse.moba.MoBAAttention.mask, and why it matters."""

from scripts.workshop.diagnose import Kind

SCORES = "block_scores(query, block_means(key, self.block_size), query_position, self.block_size)"
CHOSEN = "choose_blocks(scores, self.topk, query_position, key_position, self.block_size)"

MISTAKES = {
    "own block beside the others": Kind(
        "You read topk blocks besides the query's own. MoBA counts it among them, so that topk blocks are the most that is "
        "read.",
        {"own block beside the others": ("self.topk,", "self.topk + 1,")},
    ),
    "everything": Kind(
        "You read every block that does not lie ahead. Then nothing is saved.",
        {"everything": ("self.topk,", "scores.size(-1),")},
    ),
    "topk and size exchanged": Kind(
        "The number of blocks and their size have changed places. One says how many blocks are read, the other how many "
        "keys are in each.",
        {
            "topk and size exchanged": (
                CHOSEN,
                "choose_blocks(scores, self.block_size, query_position, key_position, self.block_size)",
            )
        },
    ),
    "sums, not means": Kind(
        "You score the sums of a block's keys, or its first key alone. The mean stands for the block.",
        {"the first key": ("block_means(key, self.block_size)", "key[:, :, :: self.block_size]")},
    ),
    "positions of the keys": Kind(
        "You tell the scores where the keys stand, not the queries. With a cache these are other tokens: the own block of "
        "a query follows from its own position.",
        {
            "positions of the keys": (
                "query_position, self.block_size)\n        # Choose",
                "key_position[..., : query.size(2)], self.block_size)\n        # Choose",
            )
        },
    ),
    "the greatest last": Kind(
        "You choose the blocks that fit least. The highest scores are those of the means that match the query.",
        {"the greatest last": (SCORES, f"{SCORES}\n        scores = torch.where(scores.isinf(), scores, -scores)")},
    ),
    "heads alike": Kind(
        "All heads read the same blocks with your code. In MoBA every query head chooses for itself.",
        {
            "the first head's choice": (CHOSEN, f"{CHOSEN}[:, :1].expand(-1, query.size(1), -1, -1)"),
            "by the mean of their scores": (
                SCORES,
                f"{SCORES}.mean(1, keepdim=True).expand(-1, query.size(1), -1, -1)",
            ),
            "what any head has chosen": (
                CHOSEN,
                f"{CHOSEN}.any(1, keepdim=True).expand(-1, query.size(1), -1, -1)",
            ),
        },
    ),
}
