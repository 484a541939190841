"""What people write for attentions.forgetting.forget_bias, and why it matters."""

from scripts.course.positions.explanations import KEYS_BY_QUERIES, PLACES, QUERIES_WITH_QUERIES
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import GRADIENT_CUT

BIAS = "at_query.mT[..., :, None] - at_key.mT[..., None, :]"
BY_POSITION = (
    "total = log_f.cumsum(dim=1)\n    at_query, at_key = total[:, query_position], total[:, key_position]\n    "
)
SORTED = "log_f.take_along_dim(order[..., None], dim=1)"

MISTAKES = {
    "far keys rewarded": Kind(
        "You subtract the wrong way round. Logarithms of gates are negative, so your bias is positive, and the more was "
        "forgotten since a key, the higher is its score.",
        {
            "sign turned": (BIAS, f"-({BIAS})"),
            "sign turned, and positions for indices": (f"return {BIAS}", f"{BY_POSITION}return -({BIAS})"),
        },
    ),
    "a token forgets itself": Kind(
        "You count the gate of the key's own token. A gate acts on what came before its token, and the bias of a token "
        "for itself is 0.",
        {
            "a token forgets itself": (
                BIAS,
                f"{BIAS} + log_f.take_along_dim(places[1][..., None], 1).mT[..., None, :]",
            ),
            "sums up to before each key": (
                "return at_query",
                "at_key = at_key - log_f.take_along_dim(order[..., None].argsort(1).argsort(1), 1)\n    return at_query",
            ),
        },
    ),
    "the query's own gate left out": Kind(
        "You leave out the gate of the query's own token. It says how much of the past this very token keeps, and a token "
        "that starts something new could not forget at once.",
        {
            "sums up to before each token": (
                f"{SORTED}.cumsum(dim=1)",
                f"{SORTED}.cumsum(dim=1) - {SORTED}",
            )
        },
    ),
    "not summed": Kind(
        "You use the gates of two tokens, not those of all that lie between them. What was forgotten on the way is then "
        "remembered again.",
        {"not summed": (f"{SORTED}.cumsum(dim=1)", SORTED)},
    ),
    "summed along another axis": Kind(
        "You add up along the heads instead of along the tokens. Every head has gates of its own, and forgets by itself.",
        {"summed along the heads": (".cumsum(dim=1)", ".cumsum(dim=2)")},
    ),
    "order of the cache": Kind(
        "You add up in the order in which the keys come. A rolling cache returns them in another than that of the text, "
        "and empty slots between them: only their positions tell which gates lie between two tokens.",
        {"order of the cache": (SORTED, "log_f")},
    ),
    "gates, not their logarithms": Kind(
        "You treat what is passed in as gates, and take its exponential or logarithm again. It is the logarithm already, "
        "of which a product is a sum.",
        {
            "exponentials summed": (f"{SORTED}.cumsum", f"{SORTED}.exp().cumsum"),
            "a factor, not a summand": (f"return {BIAS}", f"return ({BIAS}).exp()"),
        },
    ),
    "places taken for positions": Kind(
        PLACES,
        {
            "the first places for queries": (
                "torch.searchsorted(position, each.expand(B, -1).contiguous())",
                "torch.arange(each.size(-1)).expand(B, -1)",
            ),
            "positions for places": (
                "torch.searchsorted(position, each.expand(B, -1).contiguous())",
                "each.expand(B, -1).clamp(max=log_f.size(1) - 1)",
            ),
            "positions for indices": (f"return {BIAS}", f"{BY_POSITION}return {BIAS}"),
        },
    ),
    "queries with queries": Kind(
        QUERIES_WITH_QUERIES, {"queries with queries": ("at_key.mT[..., None, :]", "at_query.mT[..., None, :]")}
    ),
    "keys by queries": Kind(
        KEYS_BY_QUERIES, {"keys by queries": (BIAS, "at_query.mT[..., None, :] - at_key.mT[..., :, None]")}
    ),
    "heads behind": Kind(
        "Your bias is (B, Tq, Tk, H), and (B, H, Tq, Tk) is needed. Added to the scores it fails, or lands at other heads "
        "and tokens.",
        {"heads behind": (BIAS, "at_query[:, :, None] - at_key[:, None]")},
    ),
    "gradient cut": Kind(
        GRADIENT_CUT,
        {
            "keys cut from the gradient": ("at_key.mT[", "at_key.detach().mT["),
            "queries cut from the gradient": ("at_query.mT[", "at_query.detach().mT["),
        },
    ),
}

WITHOUT = {"result in float32": "The gates that are passed in are float32 at least."}
