"""What people write for attentions.recurrent.lightning.LightningAttention.forward, and why it matters."""

from scripts.course.attentions.recurrent.explanations import (
    HEADS_MIXED,
    NO_CACHE,
    NO_DECAY,
    NO_DROPOUT,
)
from scripts.workshop.diagnose import Kind

GATE = "y = self.norm(y.transpose(1, 2).flatten(2)) * torch.sigmoid(self.gate_proj(x))"

MISTAKES = {
    "no SiLU": Kind(
        "You leave out SiLU, or use another function. It takes the place of the softmax: most products are positive with it.",
        {
            "none": ("F.silu(self.qkv_proj(x))", "self.qkv_proj(x)"),
            "ReLU": ("F.silu(self.qkv_proj(x))", "F.relu(self.qkv_proj(x))"),
            "GELU": ("F.silu(self.qkv_proj(x))", "F.gelu(self.qkv_proj(x))"),
        },
    ),
    "no decay": Kind(NO_DECAY, {"no decay": ("log_decay = -self.rates", "log_decay = 0 * self.rates")}),
    "growth": Kind(
        "Your log_decay is positive, and the state grows at every token. Rates say how much is forgotten: their negative is "
        "the logarithm of what is left.",
        {"growth": ("log_decay = -self.rates", "log_decay = self.rates")},
    ),
    "heads mixed": Kind(
        HEADS_MIXED,
        {
            "elements before heads": (
                "part.unflatten(-1, (self.n_head, -1)).transpose(1, 2)",
                "part.unflatten(-1, (-1, self.n_head)).transpose(-1, -2).transpose(1, 2)",
            ),
            "heads left in front": (GATE, GATE.replace("y.transpose(1, 2).flatten(2)", "y.reshape(*x.shape[:2], -1)")),
            "the key first": ("query, key, value = (", "key, query, value = ("),
            "the value first": ("query, key, value = (", "value, query, key = ("),
        },
    ),
    "norm of each head": Kind(
        "You norm every head by itself, or not at all. One norm over all heads together keeps what one head has more of than "
        "another.",
        {
            "no norm": (GATE, GATE.replace("self.norm(y.transpose(1, 2).flatten(2))", "y.transpose(1, 2).flatten(2)")),
            "each head": (
                GATE,
                "y = y * torch.rsqrt(y.pow(2).mean(-1, keepdim=True) + self.norm.eps)\n"
                "        y = y.transpose(1, 2).flatten(2) * self.norm.weight * torch.sigmoid(self.gate_proj(x))",
            ),
        },
    ),
    "gate": Kind(
        "Your gate is left out, stands before the norm, or is another function. A sigmoid of gate_proj of the tokens multiplies "
        "what the norm gives.",
        {
            "no gate": (GATE, "y = self.norm(y.transpose(1, 2).flatten(2))"),
            "before the norm": (
                GATE,
                "y = self.norm(y.transpose(1, 2).flatten(2) * torch.sigmoid(self.gate_proj(x)))",
            ),
            "SiLU": ("torch.sigmoid(self.gate_proj(x))", "F.silu(self.gate_proj(x))"),
        },
    ),
    "dropout forgotten": Kind(
        NO_DROPOUT,
        {"dropout forgotten": ("self.dropout(self.o_proj(y))", "self.o_proj(y)")},
    ),
    "the cache not asked": Kind(
        NO_CACHE, {"no cache": ("y = scan(context, ", "y = scan(context._replace(cache=None), ")}
    ),
}
