"""What people write for encodings.alibi.ALiBi.bias, and why it matters."""

from scripts.course.positions.explanations import (
    KEYS_BY_QUERIES,
    PLACES,
    POSITIONS_CHANGED,
    QUERIES_WITH_QUERIES,
    SHARED_ONLY,
)
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import OTHER_DTYPE

MISTAKES = {
    "far keys rewarded": Kind(
        "Your bias raises the score of a key the farther it lies behind. It should lower it: as it is, "
        "attention runs to the oldest tokens and neglects the neighbours.",
        {
            "sign": ("return -self", "return self"),
            "key minus query": (
                "query_position[..., None, :, None] - key_position[..., None, None, :]",
                "key_position[..., None, None, :] - query_position[..., None, :, None]",
            ),
            "sizes of the distances, with the wrong sign": (
                "-self.slopes[:, None, None] * distance",
                "self.slopes[:, None, None] * distance.abs()",
            ),
        },
    ),
    "keys by queries": Kind(
        KEYS_BY_QUERIES,
        {
            "keys by queries": (
                "query_position[..., None, :, None] - key_position[..., None, None, :]",
                "query_position[..., None, None, :] - key_position[..., None, :, None]",
            )
        },
    ),
    "slopes along another axis": Kind(
        "Your slopes run along Tq, Tk or B, where H is needed. The shapes do not fit then, or slopes go to tokens or "
        "sequences, where every head has its own.",
        {
            "slopes along the queries": ("self.slopes[:, None, None]", "self.slopes[None, :, None]"),
            "slopes along the keys": ("self.slopes[:, None, None]", "self.slopes"),
            "slopes along the sequences": ("self.slopes[:, None, None]", "self.slopes[:, None, None, None]"),
        },
    ),
    "one slope for all heads": Kind(
        "All heads get the slope of the first. Heads with large slopes are meant to attend to near keys and those "
        "with small slopes to far ones; with one slope for all, they do not differ in that.",
        {
            "one slope for all heads": (
                "self.slopes[:, None, None]",
                "self.slopes[:1, None, None].expand(len(self.slopes), 1, 1)",
            )
        },
    ),
    "slopes backwards": Kind(
        "You give the slopes to the heads in reverse order. Heads of a public model that learned to attend to far "
        "keys may then attend to near ones only, and the other way round.",
        {"slopes backwards": ("self.slopes[:, None, None]", "self.slopes.flip(0)[:, None, None]")},
    ),
    "slopes worked out again": Kind(
        "You compute the slopes again, with the series for a power of two. The module keeps slopes that are right for "
        "every n_head, and where that is no power of two yours differ from them.",
        {
            "slopes worked out again, for a power of two": (
                "self.slopes[:, None, None]",
                (
                    "torch.tensor([2 ** (-8 * (h + 1) / len(self.slopes)) for h in range(len(self.slopes))])[:, "
                    "None, None]"
                ),
            )
        },
    ),
    "slopes changed in place": Kind(
        "Your result is right once, but the slopes that the module keeps change their sign. At the next call, "
        "which may be that of the next layer, far keys are rewarded instead of near ones.",
        {"slopes changed in place": ("-self.slopes[:, None, None]", "self.slopes.neg_()[:, None, None]")},
    ),
    "places taken for positions": Kind(
        PLACES,
        {
            "queries counted from zero": (
                "query_position[..., None, :, None] -",
                "torch.arange(query_position.size(-1))[:, None] -",
            ),
            "keys counted from zero": ("- key_position[..., None, None, :]", "- torch.arange(key_position.size(-1))"),
            "distance from zero on": (
                "query_position[..., None, :, None] - key_position[..., None, None, :]",
                "torch.arange(query_position.size(-1))[:, None] - torch.arange(key_position.size(-1))",
            ),
            "the last of the queries at the last of the keys": (
                "query_position[..., None, :, None] - key_position[..., None, None, :]",
                (
                    "torch.arange(query_position.size(-1))[:, None] - torch.arange(key_position.size(-1)) + "
                    "key_position.size(-1) - query_position.size(-1)"
                ),
            ),
        },
    ),
    "queries with queries": Kind(
        QUERIES_WITH_QUERIES,
        {"queries with queries": ("key_position[..., None, None, :]", "query_position[..., None, None, :]")},
    ),
    "position of the query, not the distance": Kind(
        "Your bias follows from the position of the query alone. It is then the same for all keys, the softmax takes "
        "it out again, and no head tells near keys from far ones.",
        {
            "position of the query, not the distance": (
                " - key_position[..., None, None, :]",
                ".expand(*query_position.shape[:-1], 1, -1, key_position.size(-1))",
            )
        },
    ),
    "position of the key, not the distance": Kind(
        "Your bias follows from the position of the key alone, not from how far it lies behind. The softmax "
        "evens that out, but far into a text the bias grows large, and loses the digits that tell neighbours "
        "apart.",
        {
            "position of the key, not the distance": (
                "query_position[..., None, :, None] - key_position[..., None, None, :]",
                ("-key_position[..., None, None, :].expand(*key_position.shape[:-1], 1, query_position.size(-1), -1)"),
            )
        },
    ),
    "positions of one sequence only": Kind(
        SHARED_ONLY,
        {
            "the first sequence's distances for all": (
                "# Scale by each head's own slope; the minus lowers the scores of distant keys.",
                "distance = distance[0] if distance.ndim == 4 else distance",
            ),
            "positions shared by all sequences only": (
                "query_position[..., None, :, None] - key_position[..., None, None, :]",
                "query_position[:, None] - key_position[None, :]",
            ),
        },
    ),
    "no axis for the heads": Kind(
        "Where every sequence has its own positions, your distances are (B, Tq, Tk), and (B, 1, Tq, Tk) is needed. B is "
        "then lined up with the slopes, which fails or gives each sequence the slope of one head.",
        {
            "no axis for the heads between sequences and queries": (
                "query_position[..., None, :, None] - key_position[..., None, None, :]",
                "query_position[..., :, None] - key_position[..., None, :]",
            )
        },
    ),
    "heads in front of the sequences": Kind(
        "Your result is (H, B, Tq, Tk), where (B, H, Tq, Tk) is needed. The bias does not fit the scores then, or lands "
        "at the wrong head of the wrong sequence.",
        {
            "heads in front of the sequences": (
                "return -self.slopes[:, None, None] * distance",
                (
                    "bias = -self.slopes[:, None, None] * distance\n"
                    "        return bias.transpose(0, 1) if bias.ndim == 4 else bias"
                ),
            )
        },
    ),
    "distance plus one": Kind(
        "You count every key as one token farther away than it is, the token's own too. The softmax takes out "
        "what all keys have in common, but your biases are not those of ALiBi, where a token pays nothing for itself.",
        {"distance plus one": ("- key_position[..., None, None, :]", "- key_position[..., None, None, :] + 1")},
    ),
    "not in proportion to the distance": Kind(
        "Your penalty does not grow in proportion to the distance. ALiBi takes off the same amount for every "
        "token farther back, and this is how it carries on in texts longer than those of training.",
        {
            "distance squared": ("* distance", "* distance**2"),
            "logarithm of the distance": ("* distance", "* distance.abs().log1p()"),
            "root of the distance": ("* distance", "* distance.clamp(min=0).sqrt()"),
        },
    ),
    "far keys all alike": Kind(
        "Your penalty stops growing after a few tokens. All keys beyond get the same penalty, and in a long text, "
        "where most of the keys are that far, they take attention away from the near ones.",
        {"far keys all alike": ("* distance", "* distance.clamp(max=4)")},
    ),
    "added, not multiplied": Kind(
        "You add the slope and the distance instead of multiplying them. The slope is then the same for all "
        "keys and has no effect, while every key gains with its distance, and the oldest win.",
        {"added, not multiplied": ("* distance", "+ distance")},
    ),
    "divided by the length": Kind(
        "You divide the distance by the number of keys. The same two tokens then get another penalty with "
        "every key that is added, and in a long text hardly any.",
        {"divided by the length": ("* distance", "* distance / key_position.size(-1)")},
    ),
    "one axis too many": Kind(
        "You put an axis B in front. Where all sequences have the same positions the bias is (H, Tq, Tk), and where they "
        "do not, B is there already: yours has one axis more than it should.",
        {
            "an axis for the sequences": (
                "-self.slopes[:, None, None] * distance",
                "(-self.slopes[:, None, None] * distance)[None]",
            )
        },
    ),
    "a factor, not a summand": Kind(
        "You return a factor between zero and one. The bias is added to the scores, where such a factor sets even the "
        "farthest key back by one at most.",
        {
            "a factor, not a summand": (
                "return -self.slopes[:, None, None] * distance",
                "return torch.exp(-self.slopes[:, None, None] * distance)",
            )
        },
    ),
    "whole numbers": Kind(
        "You round the penalty to integers. Heads with small slopes should tell near keys apart by little; yours give "
        "many of them the same penalty, which then jumps.",
        {
            "whole numbers": (
                "-self.slopes[:, None, None] * distance",
                "(-self.slopes[:, None, None] * distance).round()",
            )
        },
    ),
    "another dtype": Kind(OTHER_DTYPE, {"widened": ("* distance", "* distance.double()")}),
    "positions changed in place": Kind(
        POSITIONS_CHANGED,
        {
            "query positions changed in place": (
                "query_position[..., None, :, None] -",
                "query_position.sub_(1)[..., None, :, None] + 1 -",
            )
        },
    ),
    "distances in half precision": Kind(
        "You compute distances or biases in torch's default dtype, where the slopes are float32. In a bfloat16 model, "
        "of 8 significant bits, neighbouring keys get the same bias beyond a distance of 256.",
        {
            "distances in the default dtype": (
                "* distance",
                "* distance.to(torch.get_default_dtype())",
            ),
            "biases in the default dtype": (
                "-self.slopes[:, None, None] * distance",
                ("(-self.slopes[:, None, None] * distance).to(torch.get_default_dtype()).to(self.slopes.dtype)"),
            ),
        },
    ),
}
