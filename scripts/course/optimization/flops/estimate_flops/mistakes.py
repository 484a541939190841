"""What people write for optimization.flops.estimate_flops, and why it matters."""

from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import HARD_CODED

MISTAKES = {
    "embedding counted": Kind(
        "You count the token embedding as if each token were multiplied by all of its V x C weights. An embedding is "
        "a lookup of one row and costs no FLOPs, so that a large vocabulary looks more expensive than it is.",
        {
            "embedding counted": ("6 * (N - N_embedding)", "6 * N"),
            "embedding added": ("* (N - N_embedding)", "* (N + N_embedding)"),
        },
    ),
    "head left out": Kind(
        "You leave the head out of N. Every token is multiplied by its V x C weights to get the logits, and it is often "
        "the largest layer of the model.",
        {
            "embedding subtracted twice": ("* (N - N_embedding)", "* (N - 2 * N_embedding)"),
            "blocks only": (
                "sum(weight.numel() for weight in model.parameters())",
                "sum(weight.numel() for weight in model.blocks.parameters()) + model.embedding.token_embedding.weight.numel()",
            ),
        },
    ),
    "first block only": Kind(
        "You count the weights of the first block only. Every token passes through all L blocks.",
        {
            "first block only": (
                "sum(weight.numel() for weight in model.parameters())",
                "sum(w.numel() for m in (model.head.lm_head, model.embedding.token_embedding, model.blocks[0]) for w in m.parameters())",
            )
        },
    ),
    "number of tensors": Kind(
        "You count the tensors, or their rows, instead of their elements. A token is multiplied by every element of a "
        "weight matrix.",
        {
            "number of tensors": ("sum(weight.numel() for", "sum(1 for"),
            "rows only": ("sum(weight.numel() for", "sum(weight.size(0) for"),
        },
    ),
    "vocabulary for embedding": Kind(
        "You subtract V instead of the V x C weights of the token embedding. Each token has a row of C elements.",
        {"rows of the embedding only": ("model.embedding.token_embedding.weight.numel()", "model.config.vocab_size")},
    ),
    "forward pass only": Kind(
        "You count the forward pass only, for the weights, for attention, or for both. The backward pass costs twice "
        "as much again, which makes 6 FLOPs per weight and 12 H D T per layer of attention.",
        {
            "forward only": ("6 * (N - N_embedding) + 12 * L", "2 * (N - N_embedding) + 4 * L"),
            "forward only for the weights": ("6 * (N", "2 * (N"),
            "attention forward only": ("12 * L", "4 * L"),
        },
    ),
    "backward pass only": Kind(
        "You count the backward pass only. The forward pass before it is another third of the work.",
        {"backward only": ("6 * (N - N_embedding) + 12 * L", "4 * (N - N_embedding) + 8 * L")},
    ),
    "multiplication and addition as one": Kind(
        "You count a multiplication and the addition after it as one operation. FLOPs count them as two, as data "
        "sheets of hardware do.",
        {"multiplication and addition as one": ("6 * (N - N_embedding) + 12 * L", "3 * (N - N_embedding) + 6 * L")},
    ),
    "attention forgotten": Kind(
        "Your count has only the weights. The products of queries with keys and of attention weights with values cost "
        "12 L H D T per token, the greater part of the work for a long sequence.",
        {"attention forgotten": (" + 12 * L * H * D * T", "")},
    ),
    "one of two products": Kind(
        "You count one of the two products of attention, or only the visible half of the scores. This count has both, "
        "queries with keys and weights with values, for all T positions.",
        {"one of two products": ("12 * L", "6 * L")},
    ),
    "attention counted twice": Kind(
        "You count every product of attention twice. 12 H D T has both products already, forward and backward.",
        {"attention doubled": ("12 * L", "24 * L")},
    ),
    "attention of one layer": Kind(
        "You count attention in one layer only. Each of the L layers has scores of its own.",
        {"attention of one layer": ("12 * L * H", "12 * H")},
    ),
    "key/value heads counted": Kind(
        "You count the G key/value heads. Each of the H query heads has scores of its own, also where several of them "
        "have the same keys and values.",
        {"attention of the key/value heads": ("model.config.n_head, model", "model.config.n_kv_head, model")},
    ),
    "heads of another size": Kind(
        "You leave out the head dim D, or have the width C in its place. Each of the H heads multiplies vectors of D "
        "elements.",
        {
            "head_dim forgotten": (" * H * D * T", " * H * T"),
            "width for head_dim": (", model.config.head_dim,", ", model.config.n_embd,"),
            "heads forgotten": (" * H * D * T", " * D * T"),
        },
    ),
    "head dim from the width": Kind(
        "You compute the head dim as C / H, where the configuration has its own head_dim. Models whose heads are wider or "
        "narrower than that, as Qwen 3's or Gemma's, then seem cheaper or more expensive than they are.",
        {"head dim from the width": (", model.config.head_dim,", ", model.config.n_embd // model.config.n_head,")},
    ),
    "attention per sequence": Kind(
        "You count the T^2 scores of a whole sequence for each token. A token has the T scores of its own query.",
        {"length squared": ("* D * T", "* D * T * T")},
    ),
    "length forgotten": Kind(
        "You leave the sequence length T out of attention. A query is multiplied with T keys, and T weights with T "
        "values.",
        {"length forgotten": ("* D * T", "* D")},
    ),
    "length hard-coded": Kind(
        HARD_CODED,
        {"length hard-coded": ("model.config.head_dim, model.config.max_seq_len", "model.config.head_dim, 32")},
    ),
    "per sequence, not per token": Kind(
        "You count a whole sequence of T tokens. The count is per token, and is multiplied by the number of tokens "
        "later.",
        {
            "per sequence, not per token": (
                "6 * (N - N_embedding) + 12 * L * H * D * T",
                "(6 * (N - N_embedding) + 12 * L * H * D * T) * T",
            )
        },
    ),
    "in billions": Kind(
        "You return the count in billions. The result is divided by times and peak FLOP/s later, and would be off by "
        "a factor of 10^9.",
        {
            "in billions": (
                "6 * (N - N_embedding) + 12 * L * H * D * T",
                "(6 * (N - N_embedding) + 12 * L * H * D * T) / 1e9",
            )
        },
    ),
    "not an int": Kind(
        "You return a float or a tensor where the signature says int. A count of operations is an integer, and a "
        "Python int stays exact however large it is.",
        {
            "a float": ("return 6 *", "return 6.0 *"),
            "a tensor": ("return 6 *", "return model.head.lm_head.weight.new_tensor(6) *"),
        },
    ),
}
