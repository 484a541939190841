"""What people write for placements.looped.run_again, and why it matters."""

from scripts.workshop.diagnose import Kind

RUN, BEGIN = "            x = block(x, context)", "        x = begin(x)\n"
INNER = "for block, context in zip(blocks, contexts, strict=True):"

MISTAKES = {
    "one pass only": Kind(
        "You run the blocks once more and then return. There is a list of contexts for every further pass.",
        {
            "the first pass only": ("for contexts in passes:", "for contexts in passes[:1]:"),
            "the last pass only": ("for contexts in passes:", "for contexts in passes[-1:]:"),
            "one pass too few": ("for contexts in passes:", "for contexts in passes[1:]:"),
        },
    ),
    "contexts of the first pass": Kind(
        "Every pass of yours has the contexts of the first further one. The keys of a later pass would be written over "
        "those of an earlier one, in the same cache.",
        {"contexts of the first pass": ("zip(blocks, contexts, strict=True)", "zip(blocks, passes[0], strict=True)")},
    ),
    "the first block's context": Kind(
        "All blocks of a pass are told the same. Each has its own context, with its own cache, at its place in the list.",
        {"the first block's context": (RUN, RUN.replace("context)", "contexts[0])"))},
    ),
    "block by block": Kind(
        "You run each block through all its passes before the next one begins. A pass is the whole group, in its order: 1 2 "
        "1 2, and not 1 1 2 2.",
        {
            "block by block": (
                "    for contexts in passes:\n        # Begin the pass with what the one before it has ended with.\n"
                "        x = begin(x)\n"
                "        # Run the same blocks in order, each with the context that it has in this pass.\n"
                "        for block, context in zip(blocks, contexts, strict=True):\n"
                "            x = block(x, context)\n",
                "    x = begin(x) if len(passes) else x\n"
                "    for number, block in enumerate(blocks):\n"
                "        for contexts in passes:\n"
                "            x = block(x, contexts[number])\n",
            ),
            "block by block, the first begun in each": (
                "    for contexts in passes:\n        # Begin the pass with what the one before it has ended with.\n"
                "        x = begin(x)\n"
                "        # Run the same blocks in order, each with the context that it has in this pass.\n"
                "        for block, context in zip(blocks, contexts, strict=True):\n"
                "            x = block(x, context)\n",
                "    for number, block in enumerate(blocks):\n"
                "        for contexts in passes:\n"
                "            x = block(x if number else begin(x), contexts[number])\n",
            ),
        },
    ),
    "every pass from the beginning": Kind(
        "Every pass of yours begins with what left the first pass. It begins with what the pass before it has ended with, "
        "or more passes would be no deeper than one.",
        {
            "every pass from the beginning": (
                "    for contexts in passes:\n",
                "    first = x\n    for contexts in passes:\n        x = first\n",
            )
        },
    ),
    "begin left out": Kind(
        "You never call `begin`. With loop_input it adds what the loop was given to what the last pass has made of it.",
        {"begin left out": (BEGIN, "")},
    ),
    "begun before every block": Kind(
        "You call `begin` before every block. It belongs to the pass: once, before its first block.",
        {"begun before every block": (RUN, RUN.replace("(x,", "(begin(x) if block is not blocks[0] else x,"))},
    ),
    "begun once": Kind(
        "You call `begin` once for all passes. Every further pass begins with it.",
        {
            "before the first of them": (
                BEGIN,
                "        x = begin(x) if contexts is passes[0] else x\n",
            ),
            "whatever the number of passes": (
                "    for contexts in passes:\n        # Begin the pass with what the one before it has ended with.\n"
                "        x = begin(x)\n",
                "    x = begin(x)\n    for contexts in passes:\n",
            ),
        },
    ),
    "begun at the end": Kind(
        "You call `begin` behind the blocks of a pass. What leaves the loop is what the last block has made.",
        {
            "begun at the end": (
                RUN,
                RUN + "\n" + BEGIN,
            )
        },
    ),
    "blocks backwards": Kind(
        "You run the blocks from the last to the first. A pass has them in the order of the model.",
        {"blocks backwards": (INNER, "for block, context in list(zip(blocks, contexts, strict=True))[::-1]:")},
    ),
    "last block left out": Kind(
        "A block of the loop is left out in your further passes. A pass runs all of them.",
        {
            "last block left out": (INNER, "for block, context in list(zip(blocks, contexts, strict=True))[:-1]:"),
            "first block left out": (INNER, "for block, context in list(zip(blocks, contexts, strict=True))[1:]:"),
        },
    ),
    "a residual around the block": Kind(
        "You add a block's output to x. A block returns the whole stream, x included.",
        {"a residual around the block": (RUN, RUN.replace("= ", "= x + "))},
    ),
}
