"""What people write for placements.streams.mhc.ManifoldConnection.forward, and why it matters."""

from scripts.workshop.diagnose import Kind

MISTAKES = {
    "every stream normed by itself": Kind(
        "You norm every stream by itself. All streams of a token are normed together, so that a long one still counts for "
        "more than a short one.",
        {
            "every stream normed by itself": (
                "rms_norm(streams.flatten(-2).to(wide), self.norm_eps)",
                "rms_norm(streams.to(wide), self.norm_eps).flatten(-2)",
            )
        },
    ),
    "norm forgotten": Kind(
        "You compute the numbers from the streams without a norm. Streams grow from layer to layer, and the sigmoids would "
        "be stuck at their ends.",
        {
            "norm forgotten": (
                "rms_norm(streams.flatten(-2).to(wide), self.norm_eps)",
                "streams.flatten(-2).to(wide)",
            )
        },
    ),
    "kinds in another order": Kind(
        "Your numbers are in another order. Read comes first, then write, then mix; in that order public checkpoints have "
        "them.",
        {
            "write first": ("read, write, mix = (s", "write, read, mix = (s"),
        },
    ),
    "scales forgotten": Kind(
        "You leave out the scales, or use one for all. Each of the three kinds has its own learned scale.",
        {
            "scales forgotten": ("(s * x + bias for", "(x + bias for"),
            "one scale for all": ("zip(self.scale.to(wide), numbers", "zip(self.scale.to(wide)[[0, 0, 0]], numbers"),
        },
    ),
    "biases forgotten": Kind(
        "You leave out the biases. They are what the weights are before the streams have a say.",
        {"biases forgotten": ("(s * x + bias for", "(s * x + 0 * bias for")},
    ),
    "bias scaled too": Kind(
        "Your scale multiplies the bias as well. It stands before the part that depends on the streams, alone.",
        {"bias scaled too": ("(s * x + bias for", "(s * (x + bias) for")},
    ),
    "write to one": Kind(
        "Your write is between 0 and 1. It is twice the sigmoid, so that it begins at 1, as in an ordinary residual.",
        {"write to one": ("2 * write.sigmoid()", "write.sigmoid()")},
    ),
    "read to two": Kind(
        "Your read is between 0 and 2. That is the range of write; read is a sigmoid alone.",
        {"read to two": ("read.sigmoid() + EPS", "2 * read.sigmoid() + EPS")},
    ),
    "softmax over the streams": Kind(
        "You take a softmax over the streams where a sigmoid belongs. Each weight has its own range; they need not sum to "
        "one.",
        {
            "softmax for read": ("read.sigmoid()", "read.softmax(dim=-1)"),
            "softmax for write": ("write.sigmoid()", "write.softmax(dim=-1)"),
        },
    ),
    "mix not constrained": Kind(
        "Your mix is not made doubly stochastic. Over many layers the streams then grow without limit or die out, which is "
        "what the constraint prevents.",
        {
            "mix as it is": ("sinkhorn(mix.unflatten(-1, (n, n)), self.iters)", "mix.unflatten(-1, (n, n))"),
            "softmax alone": (
                "sinkhorn(mix.unflatten(-1, (n, n)), self.iters)",
                "mix.unflatten(-1, (n, n)).softmax(dim=-1)",
            ),
            "sigmoid": ("sinkhorn(mix.unflatten(-1, (n, n)), self.iters)", "mix.unflatten(-1, (n, n)).sigmoid()"),
        },
    ),
    "matrix transposed": Kind(
        "Your matrix is the transpose. The numbers fill it row by row: the first n are what the old stream 0 gives to each "
        "new one.",
        {"matrix transposed": ("mix.unflatten(-1, (n, n))", "mix.unflatten(-1, (n, n)).transpose(-1, -2)")},
    ),
    "iterations fixed": Kind(
        "You iterate another number of times than self.iters. It is a setting: config.sinkhorn_iters.",
        {"iterations fixed": ("self.iters)", "20)")},
    ),
}
