"""What people write for flops.estimate_flops, and why it matters."""

from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import HARD_CODED, NOTHING_RETURNED

MISTAKES = {
    "tables counted": Kind(
        "You count a table as if a token were multiplied by all of its weights. Only one of its rows is looked "
        "up, which costs nothing, and a large vocabulary or a long context would seem to cost more than it "
        "does.",
        {
            "embedding counted": ("nn.Linear)", "(nn.Linear, nn.Embedding))"),
            "every parameter counted": (
                "sum(module.weight.numel() for module in model.modules() if isinstance(module, nn.Linear))",
                "sum(parameter.numel() for parameter in model.parameters())",
            ),
            "every matrix but the embedding counted, positions among them": (
                "sum(module.weight.numel() for module in model.modules() if isinstance(module, nn.Linear))",
                (
                    "sum(p.numel() for name, p in model.named_parameters() if p.ndim == 2 and name != "
                    "'token_embedding.weight') + (model.lm_head.weight.numel() if config.weight_tying else 0)"
                ),
            ),
        },
    ),
    "all parameters less the embedding": Kind(
        "You start from all parameters and take the embedding off. Biases, norms and a table of positions stay "
        "in that way, and where the head is tied to the embedding, the head is lost, which every token is "
        "multiplied by.",
        {
            "every parameter but the embedding counted": (
                "sum(module.weight.numel() for module in model.modules() if isinstance(module, nn.Linear))",
                "sum(p.numel() for p in model.parameters()) - model.token_embedding.weight.numel()",
            )
        },
    ),
    "biases or norms counted": Kind(
        "You count biases, or the weights of norms, among the weights. They act on single numbers and cost "
        "next to nothing, and with them your count no longer agrees with anybody else's.",
        {
            "biases counted": ("module.weight.numel() for", "sum(p.numel() for p in module.parameters()) for"),
            "norms counted": (
                "if isinstance(module, nn.Linear)",
                'if getattr(module, "weight", None) is not None and not isinstance(module, nn.Embedding)',
            ),
        },
    ),
    "linear layers left out": Kind(
        "You go through a part of the model only, and the head, perhaps most of the blocks too, is missing "
        "from your count. Every token passes through all of them, and the head is often the largest layer of "
        "all.",
        {
            "blocks only": ("model.modules()", "model.blocks.modules()"),
            "first block only": ("model.modules()", "model.blocks[0].modules()"),
        },
    ),
    "tied head not counted": Kind(
        "You leave the head out where its weights are those of the embedding. Shared or not, every token is "
        "multiplied by all of them to get its logits.",
        {
            "tied head not counted": (
                "isinstance(module, nn.Linear))",
                "isinstance(module, nn.Linear) and module.weight is not model.token_embedding.weight)",
            )
        },
    ),
    "something else than weights counted": Kind(
        "You do not add up the weights of each linear layer, but count every layer once, or only its inputs. A "
        "token is multiplied by every single weight, so that the cost grows with inputs and outputs alike.",
        {
            "number of layers, not of weights": ("module.weight.numel() for", "1 for"),
            "inputs instead of weights": ("module.weight.numel() for", "module.in_features for"),
        },
    ),
    "idle experts counted": Kind(
        "You leave idle experts in the count, in some blocks or in all, or even count them twice. A token does "
        "not visit them, and that they cost nothing is the very reason for having many experts.",
        {
            "idle experts counted": ("N -= sum(block.mlp.idle_weights for block in model.blocks)", "pass"),
            "idle weights added": ("N -= sum", "N += sum"),
            "idle weights of one block only": (
                "sum(block.mlp.idle_weights for block in model.blocks)",
                "model.blocks[0].mlp.idle_weights",
            ),
        },
    ),
    "idle weights alone": Kind(
        "You replace the count of the weights by that of the idle ones. What a token does not meet is what "
        "should be taken off, and without experts nothing is left of the weights.",
        {"idle weights alone": ("N -= sum", "N = sum")},
    ),
    "no experts counted": Kind(
        "You leave all experts out, those that a token visits among them. It is multiplied by their weights as "
        "by any others, and only those that it does not visit are idle.",
        {
            "experts not counted at all": (
                "N -= sum(block.mlp.idle_weights for block in model.blocks)",
                "N -= sum(w.numel() for name, w in model.named_parameters() if 'experts' in name)",
            )
        },
    ),
    "forward pass only": Kind(
        "You count the forward pass alone, for the weights, for attention or for both. This is the cost of "
        "training, and the backward pass costs twice as much again.",
        {
            "forward only": ("return 6 * N + 6 * M // T", "return 2 * N + 2 * M // T"),
            "forward only for the weights": ("return 6 * N +", "return 2 * N +"),
            "attention forward only": ("+ 6 * M // T", "+ 2 * M // T"),
        },
    ),
    "backward pass only": Kind(
        "You count the backward pass alone. Every training step has a forward pass before it, and a third of "
        "the work is missing from your count.",
        {"backward only": ("return 6 * N + 6 * M // T", "return 4 * N + 4 * M // T")},
    ),
    "multiplication and addition as one": Kind(
        "You count a multiplication and the addition that follows it as one operation. Papers and makers of "
        "hardware count them as two, so that the hardware would seem half as busy as it is.",
        {"multiplication and addition as one": ("return 6 * N + 6 * M // T", "return 3 * N + 3 * M // T")},
    ),
    "attention forgotten": Kind(
        "Your count stops at the weights. Queries are multiplied with keys too, and attention weights with "
        "values, and in long texts that may well be the greater part of the work.",
        {"attention forgotten": (" + 6 * M // T", "")},
    ),
    "attention counted twice": Kind(
        "You count every product of attention twice. The numbers of a pair hold both of them already, that "
        "with the key and that with the value, and each of these numbers costs what a weight costs.",
        {"attention doubled": ("+ 6 * M // T", "+ 12 * M // T")},
    ),
    "half of attention": Kind(
        "You count half of what attention costs. A query is multiplied with a key and the weight with a value, "
        "which are two products, and hidden pairs are left out elsewhere if at all.",
        {
            "attention halved": ("+ 6 * M // T", "+ 3 * M // T"),
            "scores only, not the weighted values": (
                "block.attn.numbers_per_pair * seen",
                "block.attn.numbers_per_pair // 2 * seen",
            ),
        },
    ),
    "attention of one layer": Kind(
        "You count attention in the first layer only. Every layer has scores of its own, and the deeper the "
        "model, the more of them are missing.",
        {
            "attention of one layer": (
                ("sum(block.attn.numbers_per_pair * seen for block, seen in zip(model.blocks, pairs, strict=True))"),
                "model.blocks[0].attn.numbers_per_pair * pairs[0]",
            )
        },
    ),
    "one layer stands for all": Kind(
        "You take the window of a single layer for that of every layer. Windows may take turns from layer to "
        "layer, so that some layers see far and others only what is near.",
        {
            "attention of the first layer, times the layers": (
                ("sum(block.attn.numbers_per_pair * seen for block, seen in zip(model.blocks, pairs, strict=True))"),
                "config.n_layer * model.blocks[0].attn.numbers_per_pair * pairs[0]",
            ),
            "attention of the last layer, times the layers": (
                ("sum(block.attn.numbers_per_pair * seen for block, seen in zip(model.blocks, pairs, strict=True))"),
                "config.n_layer * model.blocks[-1].attn.numbers_per_pair * pairs[-1]",
            ),
            "window of the first layer for all": (
                "visible_pairs(T, window) if",
                "visible_pairs(T, config.layer_windows[0]) if",
            ),
        },
    ),
    "every layer with all windows": Kind(
        "You pair every layer with the windows of all layers. Each has exactly one of them, and your attention "
        "is counted as many times over as there are layers.",
        {
            "every layer with all windows": (
                "for block, seen in zip(model.blocks, pairs, strict=True))",
                "for block in model.blocks for seen in pairs)",
            )
        },
    ),
    "key/value heads counted": Kind(
        "You count the numbers that are kept of a token's keys and values. What costs are the products, and "
        "every query head multiplies by itself, also where several of them share one key.",
        {
            "attention of the key/value heads": (
                "block.attn.numbers_per_pair * seen",
                "2 * config.n_kv_head * config.head_dim * seen",
            ),
            "numbers in a cache, not in a score": ("attn.numbers_per_pair", "attn.numbers_cached"),
        },
    ),
    "heads of another size": Kind(
        "You leave out the size of a head, or put the width of the model where it belongs. Heads may be of any "
        "size, and every score multiplies exactly as many numbers as a head has.",
        {
            "head_dim forgotten": ("block.attn.numbers_per_pair * seen", "2 * config.n_head * seen"),
            "width for head_dim": ("block.attn.numbers_per_pair * seen", "2 * config.n_head * config.n_embd * seen"),
            "width for all heads": ("block.attn.numbers_per_pair * seen", "2 * config.n_embd * seen"),
        },
    ),
    "values as large as keys": Kind(
        "You take it that values are always as large as keys. In differential attention they are larger and in "
        "latent attention both have sizes of their own, which only the attention layer itself knows.",
        {
            "values as large as keys, always": (
                "block.attn.numbers_per_pair * seen",
                "2 * config.n_head * config.head_dim * seen",
            )
        },
    ),
    "divided by the length once too often": Kind(
        "You divide by the length once too often. Attention would then cost a token the same however long the "
        "text is, although in a longer text it has more keys to look at.",
        {"length forgotten": ("6 * M // T", "6 * M // T**2")},
    ),
    "all scores for each token": Kind(
        "You charge every token with the scores of the whole sequence. They are shared out among all tokens, "
        "and as you count, attention costs as many times too much as the text has tokens.",
        {
            "length squared": ("6 * M // T", "6 * M"),
            "all scores of the sequence for each token": ("6 * M // T", "6 * M"),
        },
    ),
    "length hard-coded": Kind(
        HARD_CODED, {"length hard-coded": ("T = config.max_seq_len\n    pairs", "T = 32\n    pairs")}
    ),
    "per sequence, not per token": Kind(
        "You count what a whole sequence costs. What is asked for is one token's share, which whoever trains "
        "multiplies by the number of tokens, so that the length would be in it twice.",
        {"per sequence, not per token": ("return 6 * N + 6 * M // T", "return 6 * N * T + 6 * M")},
    ),
    "causal counting against the argument": Kind(
        "You do not follow the argument that says whether hidden scores count. There are two customs, with all "
        "scores and with the visible ones, and a number is worth something only where it is known which.",
        {
            "causality ignored": ("visible_pairs(T, window) if causal else T * T", "T * T"),
            "causal always": ("visible_pairs(T, window) if causal else T * T", "visible_pairs(T, window)"),
            "causal the wrong way round": ("if causal else", "if not causal else"),
        },
    ),
    "causality only with a window": Kind(
        "You leave hidden scores out only in layers with a window. In a layer without one, too, no token sees "
        "those that come after it, and nearly half of the scores are hidden.",
        {"causal only where there is a window": ("if causal else T * T", "if causal and window else T * T")},
    ),
    "exactly half of the keys": Kind(
        "You take half of all scores for those that somebody sees. A token sees itself as well, so that it is "
        "a little more than half, and of a narrow window nearly all is seen.",
        {
            "exactly half of the keys": ("visible_pairs(T, window) if", "T * min(T, window or T) // 2 if"),
            "exactly half of all scores, whatever the window": ("visible_pairs(T, window) if", "T * T // 2 if"),
        },
    ),
    "a token hidden from itself": Kind(
        "You leave out the score of every token with itself. A token does see itself, and the first one of a "
        "text has nothing else to look at.",
        {"a token hidden from itself": ("visible_pairs(T, window) if", "visible_pairs(T, window) - T if")},
    ),
    "windows forgotten": Kind(
        "Your count lets every token see all tokens before it. In a layer with a window it sees only the "
        "nearest of them, which is what makes such a layer cheap.",
        {"windows forgotten": ("visible_pairs(T, window) if", "visible_pairs(T) if")},
    ),
    "windows where all scores count": Kind(
        "You make use of the windows also where all scores are asked for. That count takes every layer as if "
        "nothing were hidden, and is compared with others that do the same.",
        {"windows counted without causality too": ("if causal else T * T", "if causal else T * min(T, window or T)")},
    ),
    "the same number of keys for all": Kind(
        "You give every token the same number of keys, the first ones of a text too. At the beginning there "
        "are fewer tokens to see than a window holds, and without a window the number grows from token to "
        "token.",
        {
            "window as many keys for every token, the first too": (
                "visible_pairs(T, window) if",
                "T * min(window or T, (T + 1) // 2) if",
            )
        },
    ),
    "window one too wide": Kind(
        "You let a token see one key more than its window holds. The window counts the token itself among its "
        "keys, and every layer with a window would seem to cost more than it does.",
        {"window one too wide": ("visible_pairs(T, window) if", "visible_pairs(T, window and window + 1) if")},
    ),
    "window longer than the text": Kind(
        "You count with the full window even where the text is shorter. No token sees more than there is, and "
        "your count goes wrong for every window that reaches beyond the length.",
        {
            "window longer than the text not thought of": (
                "visible_pairs(T, window) if",
                ("(visible_pairs(T) if window is None else window * (window + 1) // 2 + (T - window) * window) if"),
            )
        },
    ),
    "weights halved too": Kind(
        "You halve the cost of the weights as well where only visible scores count. What is hidden concerns "
        "attention alone, and every token still passes through every linear layer.",
        {"weights halved too": ("return 6 * N", "return (3 if causal else 6) * N")},
    ),
    "rounded up": Kind(
        "You round the result up where it should be rounded down. It is one operation, but counts that ought "
        "to be the same would no longer compare as equal.",
        {"rounded up": ("6 * M // T", "-(-6 * M // T)")},
    ),
    "rounded on the way": Kind(
        "You round in the middle of the count. What is cut off or added there is multiplied afterwards, by six "
        "at least, so that only the last step may round.",
        {
            "mean number of keys rounded": ("visible_pairs(T, window) if", "visible_pairs(T, window) // T * T if"),
            "mean number of keys rounded up": (
                "visible_pairs(T, window) if",
                "-(-visible_pairs(T, window) // T) * T if",
            ),
            "every layer rounded by itself": (
                "for block, seen in zip(model.blocks, pairs, strict=True))",
                "// T * T for block, seen in zip(model.blocks, pairs, strict=True))",
            ),
            "divided before it is multiplied": ("6 * M // T", "6 * (M // T)"),
        },
    ),
    "in billions": Kind(
        "You return the count in billions. Whoever divides it by a time, or by what the hardware can do, "
        "expects single operations, and would be off by nine digits.",
        {"in billions": ("return 6 * N + 6 * M // T", "return (6 * N + 6 * M // T) / 1e9")},
    ),
    "not a whole number of Python's": Kind(
        "What you return is a number with a point, or a tensor. A count of operations is a whole number, and "
        "as one of Python's it stays exact however large it gets.",
        {
            "a number with a point": ("return 6 * N + 6 * M // T", "return 6 * N + 6 * M / T"),
            "a tensor": ("return 6 * N + 6 * M // T", "return model.lm_head.weight.new_tensor(6 * N + 6 * M // T)"),
        },
    ),
    "nothing returned": Kind(NOTHING_RETURNED, {"nothing returned": ("return 6 * N", "6 * N")}),
}
