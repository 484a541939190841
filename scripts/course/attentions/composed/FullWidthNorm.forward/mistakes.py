"""What people write for attentions.composed.FullWidthNorm.forward, and why it matters."""

from scripts.workshop.diagnose import Kind

MISTAKES = {
    "normed head by head": Kind(
        "You normalise every head separately, so that all of them have the same size before the weights act. "
        "Here only all heads of a token together get a fixed size, and one may stay larger than its neighbours.",
        {
            "normed head by head": (
                "self.norm(x.flatten(-2)).unflatten(-1, x.shape[-2:])",
                ("nn.functional.rms_norm(x, x.shape[-1:], eps=self.norm.eps) * self.norm.weight.view(x.shape[-2:])"),
            )
        },
    ),
    "heads not laid side by side": Kind(
        "You pass the norm (B, T, heads, D), and (B, T, heads * D) is needed: all of a token's elements in one "
        "row. It has a weight for each of those elements, which fits no single head.",
        {"heads not laid side by side": ("self.norm(x.flatten(-2)).unflatten(-1, x.shape[-2:])", "self.norm(x)")},
    ),
    "normed place by place": Kind(
        "You normalise over the heads, separately for each of the D channels. Each channel comes out equally "
        "large then, where only the whole row of heads * D elements should have a fixed size.",
        {
            "normed over the heads only": (
                "self.norm(x.flatten(-2)).unflatten(-1, x.shape[-2:])",
                (
                    "x * (x.pow(2).mean(dim=-2, keepdim=True) + self.norm.eps).rsqrt() * "
                    "self.norm.weight.view(x.shape[-2:])"
                ),
            )
        },
    ),
    "normed over other tokens too": Kind(
        "The average that you divide by takes in other tokens as well. A token's queries and keys then depend "
        "on tokens after it, which are not there yet when the model generates.",
        {
            "normed over the tokens": (
                "self.norm(x.flatten(-2)).unflatten(-1, x.shape[-2:])",
                "self.norm(x.transpose(1, 2).flatten(-2)).unflatten(-1, (x.size(1), x.size(3))).transpose(1, 2)",
            ),
            "normed over a whole sequence": (
                "self.norm(x.flatten(-2)).unflatten(-1, x.shape[-2:])",
                ("nn.functional.rms_norm(x, x.shape[1:], eps=self.norm.eps) * self.norm.weight.view(x.shape[-2:])"),
            ),
        },
    ),
    "not split into heads again": Kind(
        "You return (B, T, heads * D), and (B, T, heads, D) is needed. What follows rotates and compares head "
        "by head, and the axis of the heads is missing.",
        {"not split into heads again": (".unflatten(-1, x.shape[-2:])", "")},
    ),
    "joined in one order, split in another": Kind(
        "You concatenate the heads in one order and split them in another, or into heads of another size. "
        "Elements of one head then end up in others, to which they do not belong.",
        {
            "numbers and heads swapped": ("x.flatten(-2)", "x.mT.flatten(-2)"),
            "split into heads of another size": ("x.shape[-2:]", "(x.size(-1), x.size(-2))"),
            "numbers by heads, not heads by numbers": (
                ".unflatten(-1, x.shape[-2:])",
                ".unflatten(-1, (x.size(-1), x.size(-2))).mT",
            ),
        },
    ),
    "normed twice": Kind(
        "You normalise twice. The weights act twice, and the size that the first norm gave is divided away by "
        "the second.",
        {"normed twice": ("self.norm(x.flatten(-2))", "self.norm(self.norm(x.flatten(-2)))")},
    ),
    "weights forgotten": Kind(
        "You compute the norm by yourself and leave out the weights that belong to it. They get no gradient to "
        "learn from, and every element keeps the size that the bare norm gives it.",
        {
            "the norm's weights forgotten": (
                "self.norm(x.flatten(-2))",
                "nn.functional.rms_norm(x.flatten(-2), (x[0, 0].numel(),), eps=self.norm.eps)",
            )
        },
    ),
    "nothing normed": Kind(
        "You return the input as it was. Queries and keys may then grow in training without bound, and their "
        "scores with them, until the softmax puts all weight on one key.",
        {"nothing normed": ("self.norm(x.flatten(-2)).unflatten(-1, x.shape[-2:])", "x")},
    ),
    "input added": Kind(
        "You add the input to what the norm gives, as a block does in the residual stream. A norm replaces "
        "what it norms; with the input on top, nothing bounds the size of queries and keys.",
        {"what came in added": ("return self.norm", "return x + self.norm")},
    ),
    "numbers of the heads alternate": Kind(
        "You interleave the heads of a token in the row that you normalise, in the order (D, heads), where "
        "(heads, D) is needed. The norm's weights, one for each place in the row, then act on elements that "
        "belong to other places.",
        {
            "row of numbers by heads, there and back": (
                "self.norm(x.flatten(-2)).unflatten(-1, x.shape[-2:])",
                "self.norm(x.mT.flatten(-2)).unflatten(-1, (x.size(-1), x.size(-2))).mT",
            )
        },
    ),
}
