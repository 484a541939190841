"""What people write for placements.refinements.head_gate.gate_heads, and why it matters."""

from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import GRADIENT_CUT

GATE = "activation(gate.to(torch.promote_types(gate.dtype, torch.float32)))"

MISTAKES = {
    "gate without its activation": Kind(
        "You leave out the activation, or use another than the one that is passed in. Sigmoid and softplus keep a factor "
        "above zero; without them a gate can flip the sign of a head's output.",
        {
            "no activation": (GATE, "gate"),
            "always a sigmoid": (GATE, "torch.sigmoid(gate)"),
            "always softplus": (GATE, "F.softplus(gate)"),
            "activation twice": (GATE, f"activation({GATE})"),
        },
    ),
    "gate by a softmax": Kind(
        "Your factors of one token sum to one over the heads. Every head should open and close by itself, whatever the "
        "others do.",
        {"softmax over the heads": (GATE, "gate.softmax(dim=-1)")},
    ),
    "gate added, not multiplied": Kind(
        "You add the gate to the heads' outputs. A gate is a factor: added, it holds nothing back.",
        {
            "gate added": ("* gate[..., None]", "+ gate[..., None]"),
            "gate on top of all": ("* gate[..., None]", "* (1 + gate[..., None])"),
        },
    ),
    "gate closes where it should open": Kind(
        "Your gate closes where it should open. Models trained elsewhere would hold back what they mean to let through.",
        {
            "gate of the negative": ("gate = layer.head_gate_proj(x)", "gate = -layer.head_gate_proj(x)"),
            "divided by the gate": ("* gate[..., None]", "/ gate[..., None]"),
        },
    ),
    "gates of other heads": Kind(
        "Your factors do not go to the heads that they were made for. The heads are concatenated, (B, T, H * D), all D "
        "elements of the first one in front.",
        {
            "elements of all heads in turn": (
                "y.unflatten(-1, (gate.size(-1), -1)) * gate[..., None]",
                "y.unflatten(-1, (-1, gate.size(-1))) * gate[..., None, :]",
            ),
            "heads in reverse order": ("* gate[..., None]", "* gate.flip(-1)[..., None]"),
            "tokens for heads": ("* gate[..., None]", "* gate.mT[..., None]"),
        },
    ),
    "one gate for all heads": Kind(
        "All heads of a token share one factor. Then no head can be silent while another speaks, which is what there is "
        "a gate for each of them for.",
        {
            "the first gate for all": ("* gate[..., None]", "* gate[..., :1, None]"),
            "the mean of the gates": ("* gate[..., None]", "* gate.mean(dim=-1, keepdim=True)[..., None]"),
        },
    ),
    "gate not from its projection of x": Kind(
        "You make the gate of the heads' outputs, or of the projection's weight without its bias. A token decides by what "
        "attention reads, and where a model has a bias, it says how far the gates stand open.",
        {
            "projection of the heads' outputs": (
                "gate = layer.head_gate_proj(x)",
                "gate = layer.head_gate_proj(y[..., : x.size(-1)])",
            ),
            "bias forgotten": ("gate = layer.head_gate_proj(x)", "gate = x @ layer.head_gate_proj.weight.mT"),
        },
    ),
    "gate alone": Kind(
        "You return the gates without the heads' outputs. What attention has computed is lost.",
        {
            "gate alone": (
                "y.unflatten(-1, (gate.size(-1), -1)) * gate[..., None]",
                "gate[..., None].expand(*gate.shape, y.size(-1) // gate.size(-1))",
            )
        },
    ),
    "heads not concatenated": Kind(
        "Your result is (B, T, H, D), and (B, T, H * D) is needed. The output projection reads all heads side by side.",
        {
            "heads not concatenated": (
                "(y.unflatten(-1, (gate.size(-1), -1)) * gate[..., None]).flatten(-2)",
                "y.unflatten(-1, (gate.size(-1), -1)) * gate[..., None]",
            )
        },
    ),
    "gradient cut": Kind(GRADIENT_CUT, {"gate cut from the gradient": (GATE, f"{GATE}.detach()")}),
}

WITHOUT = {"too narrow": "A factor between zero and one loses no more in bfloat16 than its product."}
