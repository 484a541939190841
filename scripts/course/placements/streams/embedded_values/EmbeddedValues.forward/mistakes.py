"""What people write for placements.streams.embedded_values.EmbeddedValues.forward, and why it matters."""

from scripts.workshop.diagnose import Kind

SPLIT = "embedded = embedded.unflatten(-1, (self.n_kv_head, -1)).to(x.dtype)"
GATE = "strength = 3 * torch.sigmoid(self.gate(x[..., :GATE_CHANNELS]))"

MISTAKES = {
    "another range": Kind(
        "Your gate has another range than 0 to 3. At first it is in the middle, and 1.5 of the embedding is added.",
        {
            "up to 1": ("3 * torch.sigmoid", "torch.sigmoid"),
            "up to 2, as in earlier versions": ("3 * torch.sigmoid", "2 * torch.sigmoid"),
        },
    ),
    "3 inside": Kind(
        "You multiply by 3 inside the sigmoid. That makes the gate steeper, and leaves its range at 0 to 1.",
        {
            "3 inside": (
                "3 * torch.sigmoid(self.gate(x[..., :GATE_CHANNELS]))",
                "torch.sigmoid(3 * self.gate(x[..., :GATE_CHANNELS]))",
            )
        },
    ),
    "sigmoid forgotten": Kind(
        "You take the gate's output as it is. Through the sigmoid it says how much is added, and never a negative amount.",
        {
            "sigmoid forgotten": (
                "3 * torch.sigmoid(self.gate(x[..., :GATE_CHANNELS]))",
                "3 * self.gate(x[..., :GATE_CHANNELS])",
            )
        },
    ),
    "another activation": Kind(
        "Your gate goes through another function than a sigmoid. Trained weights expect a factor between 0 and 3.",
        {
            "tanh": ("torch.sigmoid(", "torch.tanh("),
            "softmax over the heads": (
                "torch.sigmoid(self.gate(x[..., :GATE_CHANNELS]))",
                "self.gate(x[..., :GATE_CHANNELS]).softmax(dim=-1)",
            ),
        },
    ),
    "gate forgotten": Kind(
        "You add the embedding as it is. Its gate lets a token say, head by head, whether it matters here which one it is.",
        {"gate forgotten": ("return strength[..., None] * embedded", "return 1.5 * embedded")},
    ),
    "one gate for all heads": Kind(
        "Your heads share one gate. Each has its own, so that some can carry the token and others what the layers made of "
        "it.",
        {"their mean": ("strength[..., None]", "strength.mean(dim=-1)[..., None, None]")},
    ),
    "gates of other heads": Kind(
        "Your gates meet the heads in another order. The gate's output g belongs to head g.",
        {"gates of other heads": ("strength[..., None]", "strength.flip(-1)[..., None]")},
    ),
    "heads interleaved": Kind(
        "You split the embedding so that neighbouring elements are in different heads. A head's elements stand side by side, "
        "as in the values.",
        {
            "heads interleaved": (
                "embedded.unflatten(-1, (self.n_kv_head, -1))",
                "embedded.unflatten(-1, (-1, self.n_kv_head)).transpose(-1, -2)",
            )
        },
    ),
    "heads not split": Kind(
        "You return the heads side by side, (B, T, G * D). Values are (B, T, G, D) where this is added to them.",
        {
            "heads not split": (
                "return strength[..., None] * embedded",
                "return (strength[..., None] * embedded).flatten(-2)",
            )
        },
    ),
    "the last elements": Kind(
        "Your gate reads the last 12 elements of the vector. It is the first ones in this model, and trained weights expect "
        "them.",
        {"the last elements": ("x[..., :GATE_CHANNELS]", "x[..., -GATE_CHANNELS:]")},
    ),
    "gate of the embedding": Kind(
        "Your gate reads the value embedding, which is the same wherever the token stands. It reads x, in which the token's "
        "surroundings are by now.",
        {
            "gate of the embedding": (
                "self.gate(x[..., :GATE_CHANNELS])",
                "self.gate(embedded.flatten(-2)[..., :GATE_CHANNELS])",
            )
        },
    ),
}
