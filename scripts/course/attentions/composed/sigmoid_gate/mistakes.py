"""What people write for attentions.composed.sigmoid_gate, and why it matters."""

from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import GRADIENT_CUT

GATE = "torch.sigmoid(layer.gate_proj(x))"

MISTAKES = {
    "gate beyond zero or one": Kind(
        "The factor that you make of the gate can leave the range from zero to one. A gate holds back or lets through; "
        "negative factors flip the sign of a head's output, and larger ones make it grow.",
        {
            "gate without the sigmoid": (GATE, "layer.gate_proj(x)"),
            "gate by tanh": ("torch.sigmoid(", "torch.tanh("),
            "gate by SiLU": ("torch.sigmoid(", "nn.functional.silu("),
            "gate of twice the sigmoid": ("y * torch", "y * 2 * torch"),
        },
    ),
    "gate by a softmax": Kind(
        "You make the gate by a softmax, so that the factors of a token sum to one. Next to nothing gets through then; "
        "every element should open and close by itself.",
        {"gate by a softmax": (GATE, "layer.gate_proj(x).softmax(dim=-1)")},
    ),
    "gate closes where it should open": Kind(
        "Your gate closes where it should open and opens where it should close. Training would get used to it, but "
        "models trained elsewhere would let through what they mean to hold back.",
        {"gate of one minus the sigmoid": (f"y * {GATE}", f"y * (1 - {GATE})")},
    ),
    "gate added, not multiplied": Kind(
        "You add the gate to the heads' outputs. A gate is a factor; a sum holds nothing back, and changes every "
        "element by up to one.",
        {"gate added": ("y * torch", "y + torch"), "gate on top of all": ("y * torch", "y + y * torch")},
    ),
    "gate not from its projection": Kind(
        "You do not make the gate by its own projection of x. That projection never learns then, and tokens cannot "
        "decide freely what to let through.",
        {
            "gate of the heads' outputs": (GATE, "torch.sigmoid(y)"),
            "projection of the heads' outputs": (GATE, "torch.sigmoid(layer.gate_proj(y[..., : x.size(-1)]))"),
            "gate by the queries' projection": (GATE, "torch.sigmoid(layer.q_proj(x))"),
        },
    ),
    "one gate for many elements": Kind(
        "You let many elements share one factor, all of a head or all of a token. Every element has a gate of its own, "
        "which may let part of a head pass and hold back the rest.",
        {
            "one gate for each head": (
                GATE,
                f"{GATE}[..., :: layer.head_dim].repeat_interleave(layer.head_dim, dim=-1)",
            ),
            "one gate for each token": (GATE, f"{GATE}.mean(dim=-1, keepdim=True)"),
        },
    ),
    "gate alone": Kind(
        "You return the gate without the heads' outputs that it should multiply. What attention has computed is lost, "
        "and the layer depends on the token alone.",
        {"gate alone": ("y * torch", "torch")},
    ),
    "gradient cut": Kind(GRADIENT_CUT, {"gate cut from the gradient": (GATE, f"{GATE}.detach()")}),
    "bias forgotten": Kind(
        "You multiply by the weight of gate_proj and leave out its bias. A model that has biases would open its gates as "
        "far as nobody has trained it to, and the bias would never learn.",
        {"bias forgotten": (GATE, "torch.sigmoid(x @ layer.gate_proj.weight.mT)")},
    ),
}
