"""What people write for placements.streams.smear.Smear.forward, and why it matters."""

from scripts.workshop.diagnose import Kind

BEFORE = "before = previous(x, context)"
STRENGTH = "strength = self.weight.to(x.dtype) * torch.sigmoid(self.gate(x[..., :GATE_CHANNELS]))"

MISTAKES = {
    "the token after": Kind(
        "You add the vector of the next token. The future leaks: the model reads what it is to predict.",
        {"the token after": (BEFORE, "before = torch.cat((x[:, 1:], torch.zeros_like(x[:, :1])), dim=1)")},
    ),
    "the token itself": Kind(
        "You add a part of the token to itself. What is missing in its vector is the one before it.",
        {"the token itself": (BEFORE, "before = x")},
    ),
    "the last token for the first": Kind(
        "Your first token gets a part of the last one. A roll goes round in a circle, and shows the start of the text its "
        "end.",
        {"the last token for the first": (BEFORE, "before = x.roll(1, dims=1)")},
    ),
    "the first token for itself": Kind(
        "Your first token gets a part of itself. There is none before it, and nothing is added.",
        {"the first token for itself": (BEFORE, "before = torch.cat((x[:, :1], x[:, :-1]), dim=1)")},
    ),
    "cache left out": Kind(
        "You look back within these tokens only. In training nothing shows; in generation every new token stands alone, and "
        "the one before it is in the cache.",
        {"cache left out": (BEFORE, "before = torch.nn.functional.pad(x, (0, 0, 1, 0))[:, :-1]")},
    ),
    "gate forgotten": Kind(
        "You add the same part of it to all tokens. How much a token takes of the one before is for its own gate to say.",
        {"gate forgotten": (STRENGTH, "strength = self.weight.to(x.dtype)")},
    ),
    "weight forgotten": Kind(
        "You leave out the weight of the model. It begins at zero, so that a new model has no smear, and its gate gets no "
        "gradient before it has grown.",
        {"weight forgotten": ("self.weight.to(x.dtype) * torch", "torch")},
    ),
    "sigmoid forgotten": Kind(
        "You take the gate's output as it is. Through the sigmoid it is a share between 0 and 1, and never a negative one.",
        {
            "sigmoid forgotten": (
                "torch.sigmoid(self.gate(x[..., :GATE_CHANNELS]))",
                "self.gate(x[..., :GATE_CHANNELS])",
            )
        },
    ),
    "another activation": Kind(
        "Your gate goes through tanh. That allows negative parts, and gates of 0 where the formula has one half.",
        {"tanh": ("torch.sigmoid(", "torch.tanh(")},
    ),
    "the weight inside": Kind(
        "You multiply by the weight inside the sigmoid. At its first value, 0, half of the token before is added then, where "
        "nothing should be.",
        {
            "the weight inside": (
                STRENGTH,
                "strength = torch.sigmoid(self.weight.to(x.dtype) * self.gate(x[..., :GATE_CHANNELS]))",
            )
        },
    ),
    "gate of the token before": Kind(
        "Your gate reads the vector of the token before. The token that takes is asked, not the one that is taken.",
        {"gate of the token before": ("self.gate(x[..., :GATE_CHANNELS])", "self.gate(before[..., :GATE_CHANNELS])")},
    ),
    "the last elements": Kind(
        "Your gate reads the last 24 elements of the vector. It is the first ones in this model, and trained weights expect "
        "them.",
        {"the last elements": ("x[..., :GATE_CHANNELS]", "x[..., -GATE_CHANNELS:]")},
    ),
    "the token left out": Kind(
        "You return what is added, without the token itself. All that the model knows of a token is its own vector.",
        {"the token left out": ("return x + strength * before", "return strength * before")},
    ),
    "a mixture": Kind(
        "You take as much away from the token as you add of the one before. Here the token stays whole, and something is "
        "added.",
        {"a mixture": ("return x + strength * before", "return (1 - strength) * x + strength * before")},
    ),
}
