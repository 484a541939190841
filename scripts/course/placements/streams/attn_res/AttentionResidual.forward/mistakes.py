"""What people write for placements.streams.attn_res.AttentionResidual.forward, and why it matters."""

from scripts.workshop.diagnose import Kind

MISTAKES = {
    "keys not normed": Kind(
        "You compare the query with the sums as they are. Later sums are longer, and win by their length alone.",
        {
            "keys not normed": (
                "scores = keys @ self.query.to(keys.dtype)",
                "scores = sums.to(keys.dtype) @ self.query.to(keys.dtype)",
            )
        },
    ),
    "values not normed": Kind(
        "You mix the sums as they are, and norm only what the query meets. Here what is mixed is normed too; in another "
        "form, which the paper has, it is not.",
        {"values not normed": ("[..., None] * keys)", "[..., None] * sums.to(keys.dtype))")},
    ),
    "no norm at all": Kind(
        "You leave out the norm. Sums of different lengths then differ in weight and in size, whatever they say.",
        {
            "no norm at all": (
                "keys = rms_norm(sums.to(torch.promote_types(sums.dtype, torch.float32)), self.norm_eps)",
                "keys = sums.to(torch.promote_types(sums.dtype, torch.float32))",
            )
        },
    ),
    "scale forgotten": Kind(
        "You leave out the division by sqrt(C). The scores have the spread of a sum over C products, and the softmax picks "
        "one sum instead of mixing.",
        {"scale forgotten": (" * keys.shape[-1] ** -0.5", "")},
    ),
    "scale of another kind": Kind(
        "You divide the scores by another number than sqrt(C). Normed vectors have the length sqrt(C), not C, and their "
        "width counts, not how many there are.",
        {
            "by C": ("keys.shape[-1] ** -0.5", "keys.shape[-1] ** -1"),
            "by the root of how many there are": ("keys.shape[-1] ** -0.5", "keys.shape[-2] ** -0.5"),
        },
    ),
    "softmax over the tokens": Kind(
        "Your softmax goes over the tokens. It is over the sums of one token: with tokens as its axis, the future has a "
        "say in every weight.",
        {"softmax over the tokens": ("softmax(dim=-1)", "softmax(dim=1)")},
    ),
    "sigmoid": Kind(
        "You weight every sum by a sigmoid of its own. The weights of a softmax compete and sum to one, so that the size "
        "of the mixture does not depend on how many there are.",
        {"sigmoid": ("scores.softmax(dim=-1)", "scores.sigmoid()")},
    ),
    "mean": Kind(
        "You take the mean over the sums, after weighting them. The weights sum to one already.",
        {"mean": (".sum(dim=-2)", ".mean(dim=-2)")},
    ),
    "the best one alone": Kind(
        "You take the sum with the highest score alone. That choice has no gradient, and the query never learns.",
        {
            "the best one alone": (
                "scores.softmax(dim=-1)[..., None]",
                "torch.nn.functional.one_hot(scores.argmax(-1), scores.shape[-1]).to(keys.dtype)[..., None]",
            )
        },
    ),
}
