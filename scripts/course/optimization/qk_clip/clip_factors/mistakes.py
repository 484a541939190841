"""What people write for optimization.qk_clip.clip_factors, and why it matters."""

from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import HARD_CODED

GAMMA = "gamma = tau / largest.clamp(min=tau)"
KEY = "key = gamma.view(n_kv_head, -1).amax(dim=1).sqrt()"
QUERY = "query = gamma / key.repeat_interleave(largest.size(0) // n_kv_head)"

MISTAKES = {
    "weights that grow": Kind(
        "You scale heads up that have not passed tau. The fuse only ever makes weights smaller: a head of small logits has "
        "learned to look everywhere.",
        {"no bound": (GAMMA, "gamma = tau / largest")},
    ),
    "negative logits": Kind(
        "Your gamma is negative, or less than one, where the largest logit is negative. A head that has small logits only is "
        "left alone, and a negative factor would turn all its scores around.",
        {
            "clamped behind the division": (GAMMA, "gamma = (tau / largest).clamp(max=1)"),
            "by size": (GAMMA, "gamma = tau / largest.abs().clamp(min=tau)"),
        },
    ),
    "all heads by one factor": Kind(
        "You take one gamma for all heads, that of the largest logit. Usually a few heads pass tau, and all others would lose "
        "what they have learned, step by step.",
        {
            "the largest of all": (GAMMA, "gamma = (tau / largest.max().clamp(min=tau)).expand_as(largest)"),
            "the smallest key of all": (
                KEY,
                "key = gamma.view(n_kv_head, -1).amax(dim=1).sqrt().amin().expand(n_kv_head)",
            ),
        },
    ),
    "scaled twice": Kind(
        "Queries and keys take gamma each, so that the logits, their products, are scaled by its square. One of the two, or "
        "the square root for both, is enough.",
        {"no root for the keys": (KEY + "\n", KEY.replace(".sqrt()", "") + "\n    gamma = gamma.square()\n")},
    ),
    "keys left alone": Kind(
        "You leave all to the queries. The logits are right, but the keys go on growing, until the queries are too small "
        "for what they are asked: each takes the square root where nothing stands against it.",
        {"keys left alone": (KEY, "key = torch.ones_like(gamma[:n_kv_head])")},
    ),
    "key by the wrong head": Kind(
        "You scale a key by another of its heads than the one that needs least. All heads that read it are scaled with it, "
        "those that have not passed tau among them.",
        {
            "by what is needed most": (".amax(dim=1)", ".amin(dim=1)"),
            "by the mean": (".amax(dim=1)", ".mean(dim=1)"),
            "by its first head": (".amax(dim=1)", "[:, 0]"),
        },
    ),
    "queries as if the key were not scaled": Kind(
        "What the key has taken is not left out of what the query takes. The two factors of a head have gamma as their product.",
        {
            "gamma": (QUERY, "query = gamma"),
            "the root": (QUERY, "query = gamma.sqrt()"),
            "the same as the key": (QUERY, "query = key.repeat_interleave(largest.size(0) // n_kv_head)"),
        },
    ),
    "heads of another key": Kind(
        "You group the heads in another way: neighbours read one key, heads 0 and 1 the first of two keys for four heads. "
        "With your order a head is scaled for the logits of another.",
        {
            "groups that alternate": ("gamma.view(n_kv_head, -1).amax(dim=1)", "gamma.view(-1, n_kv_head).amax(dim=0)"),
            "keys repeated as a whole": (
                "key.repeat_interleave(largest.size(0) // n_kv_head)",
                "key.repeat(largest.size(0) // n_kv_head)",
            ),
        },
    ),
    "swapped": Kind(
        "You return the factors of the keys first. The caller scales queries by the first, (H,), and keys by the second, (G,).",
        {"swapped": ("return query, key", "return key, query")},
    ),
    "setting hard-coded": Kind(
        HARD_CODED,
        {"tau hard-coded": (GAMMA, "gamma = 100.0 / largest.clamp(min=100.0)")},
    ),
    "logits changed": Kind(
        "The logits that are handed in come out changed. They are what the log says of the step.",
        {"clamped in place": ("largest.clamp(min=tau)", "largest.clamp_(min=tau)")},
    ),
}
