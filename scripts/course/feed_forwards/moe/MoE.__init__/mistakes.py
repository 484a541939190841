"""What people write for feed_forwards.moe.MoE.__init__, and why it matters."""

from scripts.course.feed_forwards.explanations import BACK_TO_FRONT
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import HARD_CODED

MISTAKES = {
    "router with a bias": Kind(
        "Your router has a bias, always or where config.bias is true. It would prefer some experts whatever the token "
        "is, and state dicts hold no bias for it.",
        {
            "router with a bias": (", bias=False)", ")"),
            "router with a bias where config.bias says so": ("bias=False", "bias=config.bias"),
        },
    ),
    "back to front": Kind(
        BACK_TO_FRONT,
        {"router back to front": ("(config.n_embd, config.n_expert, bias", "(config.n_expert, config.n_embd, bias")},
    ),
    "as many as are active": Kind(
        "You create only k logits or k experts, where there are E of each. The router chooses k among all E: experts "
        "without a logit are never chosen, and logits without an expert lead nowhere.",
        {
            "router for the active experts only": (
                "(config.n_embd, config.n_expert, bias",
                "(config.n_embd, config.num_experts_per_tok, bias",
            ),
            "only the active experts": ("range(config.n_expert)", "range(config.num_experts_per_tok)"),
        },
    ),
    "one expert too many": Kind(
        "You create E + 1 experts. The router has no logit for the last one, so that no token is ever routed to it: "
        "it takes memory and never learns.",
        {"one expert too many, shared by all": ("range(config.n_expert)", "range(config.n_expert + 1)")},
    ),
    "part under another name": Kind(
        "You keep the router under another name. The forward pass and state dicts look for it under this one, and do "
        "not find it.",
        {"router under another name": ("self.router = ", "self.gate = ")},
    ),
    "one expert many times": Kind(
        "You create a single expert and put it into the list E times. All entries are the same module, so that it "
        "makes no difference to which of them the router sends a token.",
        {
            "one expert many times": (
                "nn.ModuleList(GatedMLP(config) for _ in range(config.n_expert))",
                "nn.ModuleList([GatedMLP(config)] * config.n_expert)",
            )
        },
    ),
    "experts in a list": Kind(
        "You keep the experts in a Python list, in which torch registers no modules. Their weights are not among "
        "model.parameters(): the optimizer never trains them, and they are neither moved to a GPU nor saved.",
        {
            "experts in a list": (
                "nn.ModuleList(GatedMLP(config) for _ in range(config.n_expert))",
                "[GatedMLP(config) for _ in range(config.n_expert)]",
            )
        },
    ),
    "ordinary MLPs": Kind(
        "Your experts are ungated MLPs. Here each expert is a GatedMLP, as in Mixtral, and the state dict of such a "
        "model has keys for gate_proj that yours does not expect.",
        {
            "ordinary MLPs": (
                "self.experts = nn.ModuleList(GatedMLP(config)",
                "from .dense import DenseMLP\n\n        self.experts = nn.ModuleList(DenseMLP(config)",
            )
        },
    ),
    "all experts active": Kind(
        "You keep the number of all experts as num_experts_per_tok. Every token would then pay for every expert, "
        "which is what a sparse mixture avoids.",
        {
            "num_experts_per_tok is the number of experts": (
                "self.num_experts_per_tok = config.num_experts_per_tok",
                "self.num_experts_per_tok = config.n_expert",
            )
        },
    ),
    "setting hard-coded": Kind(
        HARD_CODED,
        {
            "always two active": (
                "self.num_experts_per_tok = config.num_experts_per_tok",
                "self.num_experts_per_tok = 2",
            ),
            "router_aux_loss_coef hard-coded": ("config.router_aux_loss_coef", "0.01"),
        },
    ),
}
