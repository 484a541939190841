"""What people write for attentions.composed.FullWidthNorm.forward, and why it matters."""

from scripts.workshop.diagnose import Kind

MISTAKES = {
    "normed head by head": Kind(
        "You norm every head by itself, so that all of them have the same size before the weights act. Here "
        "only all heads of a token together get a fixed size, and one may stay larger than its neighbours.",
        {
            "normed head by head": (
                "self.norm(x.flatten(-2)).unflatten(-1, x.shape[-2:])",
                ("nn.functional.rms_norm(x, x.shape[-1:], eps=self.norm.eps) * self.norm.weight.view(x.shape[-2:])"),
            )
        },
    ),
    "heads not laid side by side": Kind(
        "You hand the norm the heads on an axis of their own, where it expects all of a token's numbers in one "
        "row. It has a weight for each of those numbers, which fits no single head.",
        {"heads not laid side by side": ("self.norm(x.flatten(-2)).unflatten(-1, x.shape[-2:])", "self.norm(x)")},
    ),
    "normed place by place": Kind(
        "You norm the numbers that stand at the same place in all heads, every place by itself. Each place "
        "comes out equally large then, where only the whole row of a token's numbers should have a fixed size.",
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
        "You return all heads of a token as one long row. Whoever reads it goes on head by head, turning them "
        "and comparing them, and misses the axis of the heads.",
        {"not split into heads again": (".unflatten(-1, x.shape[-2:])", "")},
    ),
    "joined in one order, split in another": Kind(
        "You join the numbers in one order and split them in another, or into heads of another size. What was "
        "made for one head ends up in others, with which it has nothing to do.",
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
        "You norm what has been normed already. The weights act twice, and the size that the first norm gave "
        "is divided away by the second.",
        {"normed twice": ("self.norm(x.flatten(-2))", "self.norm(self.norm(x.flatten(-2)))")},
    ),
    "weights forgotten": Kind(
        "You compute the norm by yourself and leave out the weights that belong to it. They get no gradient to "
        "learn from, and every number keeps the size that the bare norm gives it.",
        {
            "the norm's weights forgotten": (
                "self.norm(x.flatten(-2))",
                "nn.functional.rms_norm(x.flatten(-2), (x[0, 0].numel(),), eps=self.norm.eps)",
            )
        },
    ),
    "nothing normed": Kind(
        "You return the input as it was. Queries and keys may then grow in training without bound, and their "
        "scores with them, until the softmax sees one key only.",
        {"nothing normed": ("self.norm(x.flatten(-2)).unflatten(-1, x.shape[-2:])", "x")},
    ),
    "input added": Kind(
        "You add the input to what the norm gives, as a block does in the residual stream. A norm replaces "
        "what it norms; with the input on top, nothing bounds the size of queries and keys.",
        {"what came in added": ("return self.norm", "return x + self.norm")},
    ),
    "numbers of the heads alternate": Kind(
        "You let the numbers of a token's heads alternate in the row that you norm, where all numbers of one "
        "head should stand together. The norm's weights, one for each place in the row, then act on numbers "
        "that belong to other places.",
        {
            "row of numbers by heads, there and back": (
                "self.norm(x.flatten(-2)).unflatten(-1, x.shape[-2:])",
                "self.norm(x.mT.flatten(-2)).unflatten(-1, (x.size(-1), x.size(-2))).mT",
            )
        },
    ),
}
