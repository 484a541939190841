"""What people write for attentions.backends.masks.sliding_window_mask, and why it matters."""

from scripts.course.positions.explanations import KEYS_BY_QUERIES, PLACES, QUERIES_WITH_QUERIES, SHARED_ONLY
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "token hidden from itself": Kind(
        "You hide every token from itself. A causal mask includes the diagonal, and without it the first token "
        "of a text is left with no key at all: its softmax is not a number.",
        {"token hidden from itself": ("distance >= 0", "distance > 0")},
    ),
    "future seen": Kind(
        "Your code lets a query attend to keys that lie ahead of it. They are what the model should predict: in "
        "training it copies them, and in generation, where they are missing, it fails.",
        {
            "one token of the future seen": ("distance >= 0", "distance >= -1"),
            "everything seen": ("distance >= 0", "distance == distance"),
        },
    ),
    "past hidden instead of the future": Kind(
        "Your mask has the wrong direction: keys ahead are visible, and those behind are hidden. In training "
        "the model copies the answer from the future, and in generation it has next to nothing to attend to.",
        {"past hidden instead of the future": ("distance >= 0", "distance <= 0")},
    ),
    "hidden and visible swapped": Kind(
        "Your mask is true where it should be false. True means visible, so that the attention that uses your "
        "mask would hide the past and show the future.",
        {
            "hidden and visible swapped": (
                "return (distance >= 0) & (distance < window)",
                "return ~((distance >= 0) & (distance < window))",
            )
        },
    ),
    "only the token itself seen": Kind(
        "Your code lets a token attend to its own position and nothing else. Attention then carries nothing "
        "from one token to another, and no word can depend on those before it.",
        {"only the token itself seen": ("distance >= 0", "distance == 0")},
    ),
    "keys by queries": Kind(
        KEYS_BY_QUERIES,
        {
            "keys by queries": (
                "query_position[..., :, None] - key_position[..., None, :]",
                "query_position[..., None, :] - key_position[..., :, None]",
            )
        },
    ),
    "places taken for positions": Kind(
        PLACES,
        {
            "keys counted from zero": (
                "distance = ",
                "import torch\n\n    key_position = torch.arange(key_position.size(-1))\n    distance = ",
            ),
            "queries counted from zero": (
                "distance = ",
                "import torch\n\n    query_position = torch.arange(query_position.size(-1))\n    distance = ",
            ),
            "a triangle from the top left": (
                "distance = query_position[..., :, None] - key_position[..., None, :]",
                (
                    "import torch\n\n"
                    "    Tq, Tk = query_position.size(-1), key_position.size(-1)\n"
                    "    distance = torch.arange(Tq)[:, None] - torch.arange(Tk)\n"
                    "    distance = distance.expand(*query_position.shape[:-1], Tq, Tk)"
                ),
            ),
            "a triangle into the bottom right": (
                "distance = query_position[..., :, None] - key_position[..., None, :]",
                (
                    "import torch\n\n"
                    "    Tq, Tk = query_position.size(-1), key_position.size(-1)\n"
                    "    distance = torch.arange(Tk - Tq, Tk)[:, None] - torch.arange(Tk)\n"
                    "    distance = distance.expand(*query_position.shape[:-1], Tq, Tk)"
                ),
            ),
            "a triangle of torch, for queries and keys of the same tokens": (
                "(distance >= 0)",
                "(distance == distance).tril()",
            ),
            "window of slots, not of positions": (
                "(distance >= 0) & (distance < window)",
                "(distance >= 0).triu(key_position.size(-1) - query_position.size(-1) - window + 1)",
            ),
        },
    ),
    "queries with queries": Kind(
        QUERIES_WITH_QUERIES, {"queries with queries": ("key_position[..., None, :]", "query_position[..., None, :]")}
    ),
    "positions of one sequence only": Kind(
        SHARED_ONLY,
        {
            "positions shared by all sequences only": (
                "query_position[..., :, None] - key_position[..., None, :]",
                "query_position[:, None] - key_position[None, :]",
            ),
            "the first sequence's positions for all": (
                "return (",
                "distance = distance[:1].expand_as(distance) if distance.ndim == 3 else distance\n    return (",
            ),
        },
    ),
    "one axis too many": Kind(
        "Your mask has an axis more than it should: one for the heads, H, or one for sequences that share their "
        "positions, B. The caller adds such axes, and with yours the mask no longer lines up with the scores.",
        {
            "an axis for the sequences, whether there is one or not": (
                "return (distance >= 0) & (distance < window)",
                "mask = (distance >= 0) & (distance < window)\n    return mask[None] if mask.ndim == 2 else mask",
            ),
            "an axis for the heads": (
                "return (distance >= 0) & (distance < window)",
                "return ((distance >= 0) & (distance < window)).unsqueeze(-3)",
            ),
        },
    ),
    "window ignored": Kind(
        "The window plays no part in your result. A layer with a window then attends to the whole past: it "
        "works longer than it has to, and the weights of public models do not fit.",
        {"window ignored": (" & (distance < window)", "")},
    ),
    "window off by one": Kind(
        "Your window holds one key more or one fewer than it should: its width counts the token itself. The "
        "weights of public models do not fit then, nor does a cache that keeps as many keys as the window "
        "holds.",
        {
            "window one too wide, as flash-attn counts": ("distance < window", "distance <= window"),
            "window one too narrow": ("distance < window", "distance < window - 1"),
        },
    ),
    "window twice as wide": Kind(
        "Your window holds twice as many keys as were asked for. A rolling cache has forgotten the farther "
        "ones by then, so that training and generation no longer agree.",
        {"window twice as wide": ("distance < window", "distance < 2 * window")},
    ),
    "near keys hidden, far ones seen": Kind(
        "With a window, your code hides the near keys, the token itself among them, and shows those that lie "
        "farther back. A window is there to keep the neighbours, which say most about the next token.",
        {"window the wrong way round": ("distance < window", "distance > window")},
    ),
    "window that shows the future": Kind(
        "As soon as there is a window, your code lets queries attend to keys ahead of them. A window only "
        "narrows the causal mask: a model that can attend to the answer learns to copy it.",
        {
            "window into the future too": ("(distance >= 0) & (distance < window)", "distance.abs() < window"),
            "window or causality": (") & (", ") | ("),
        },
    ),
    "window as a block": Kind(
        "You cut the text into blocks, and let a token attend to its own block alone. A window moves along with "
        "the query: with blocks, the first token of each knows nothing of what came before.",
        {
            "window as a block": (
                "(distance >= 0) & (distance < window)",
                "(distance >= 0) & (query_position[..., :, None] // window == key_position[..., None, :] // window)",
            )
        },
    ),
    "window as every so many keys": Kind(
        "You show every so many keys, from the token itself back to the beginning. A window keeps those that "
        "are nearest, while yours skips tokens right before the query.",
        {"window as every so many keys": ("distance < window", "distance % window == 0")},
    ),
    "window from the first key on": Kind(
        "Your window stays at the beginning of the text, whatever the position of the query. It should move "
        "along: far into a text you show a query the oldest tokens, and hide its neighbours.",
        {"window from the first key on": ("distance < window", "key_position[..., None, :] < window")},
    ),
    "first key always seen": Kind(
        "Your window lets the first token of the text through as well, however far behind it lies. Models with "
        "attention sinks do so; here a rolling cache has forgotten that key, and public weights do not fit.",
        {
            "sight as far as the window, and the first key too": (
                "(distance >= 0) & (distance < window)",
                "(distance >= 0) & ((distance < window) | (key_position == 0)[..., None, :])",
            )
        },
    ),
    "empty slots seen": Kind(
        "You let queries attend to empty slots, which are marked by a position far in the future. What is in "
        "them means nothing, and the softmax would give it some weight.",
        {"empty slots seen": ("(distance >= 0)", "((distance >= 0) | (distance < -(2**20)))")},
    ),
    "too few bits": Kind(
        "You keep the distances in 8-bit integers, in which large ones wrap around. Keys far behind can vanish "
        "then, and slots that hold nothing, marked by a huge position, can appear.",
        {
            "distances in eight bits": (
                "query_position[..., :, None] - key_position[..., None, :]",
                "(query_position[..., :, None] - key_position[..., None, :]).char()",
            )
        },
    ),
    "not true and false": Kind(
        "Your mask is not boolean but numeric. The caller inverts it or selects by it, which fails with numbers "
        "or misreads them.",
        {
            "zeros and ones": (
                "return (distance >= 0) & (distance < window)",
                "return ((distance >= 0) & (distance < window)).long()",
            ),
            "a mask to be added": (
                "return (distance >= 0) & (distance < window)",
                (
                    "visible = (distance >= 0) & (distance < window)\n"
                    '    return (0.0 * visible).masked_fill(~visible, float("-inf"))'
                ),
            ),
        },
    ),
}
