"""What people write for feed_forward.MoE.__init__, and why it matters."""

from scripts.course.feed_forward.explanations import BACK_TO_FRONT, NO_SETUP
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import HARD_CODED

MISTAKES = {
    "super().__init__() forgotten": Kind(NO_SETUP, {"super().__init__() forgotten": ("super().__init__()", "pass")}),
    "router with a bias": Kind(
        "You let the router have a bias, always or where the configuration asks for biases. It would prefer "
        "some experts whatever the token is, and saved models hold no bias for it.",
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
        "You create only as many scores, or as many experts, as a single token visits. The router is to choose "
        "among all: experts without a score are never visited, and scores without an expert lead nowhere.",
        {
            "router for the active experts only": (
                "(config.n_embd, config.n_expert, bias",
                "(config.n_embd, config.n_expert_active, bias",
            ),
            "only the active experts": ("range(config.n_expert)", "range(config.n_expert_active)"),
        },
    ),
    "one expert too many": Kind(
        "You create one expert more than the configuration asks for. The router has no score for it, so that "
        "no token ever visits it: its weights take memory and never learn.",
        {"one expert too many, shared by all": ("range(config.n_expert)", "range(config.n_expert + 1)")},
    ),
    "part missing": Kind(
        "You never keep something that forward needs: the router, the number of experts to visit, or the "
        "weight of the loss that balances. It asks for each of them, and stops with an error at the one that "
        "is missing.",
        {
            "router forgotten": ("self.router = nn.Linear(config.n_embd, config.n_expert, bias=False)", "pass"),
            "n_active forgotten": ("self.n_active = config.n_expert_active", "pass"),
            "balance_loss_weight forgotten": ("self.balance_loss_weight = config.balance_loss_weight", "pass"),
        },
    ),
    "part under another name": Kind(
        "You keep the router under another name than the task gives it. The forward pass and saved models look "
        "for it under that name, and do not find it.",
        {"router under another name": ("self.router = ", "self.gate = ")},
    ),
    "one expert many times": Kind(
        "You create a single expert and put it into the list many times. All entries share the same weights, "
        "so that it makes no difference to which of them the router sends a token.",
        {
            "one expert many times": (
                "nn.ModuleList(GatedMLP(config) for _ in range(config.n_expert))",
                "nn.ModuleList([GatedMLP(config)] * config.n_expert)",
            )
        },
    ),
    "experts in a list": Kind(
        "You keep the experts in an ordinary Python list, which torch does not look into. Their weights are no "
        "part of the model then: the optimizer never trains them, and they are neither moved to a GPU nor "
        "saved.",
        {
            "experts in a list": (
                "nn.ModuleList(GatedMLP(config) for _ in range(config.n_expert))",
                "[GatedMLP(config) for _ in range(config.n_expert)]",
            )
        },
    ),
    "ordinary MLPs": Kind(
        "You make ordinary MLPs of the experts, without a gate. Here each expert is a gated MLP, as in "
        "Mixtral, and the weights of such a model find no gate to go to.",
        {"ordinary MLPs": ("ModuleList(GatedMLP(config)", "ModuleList(MLP(config)")},
    ),
    "all experts active": Kind(
        "You keep the number of all experts as the number that a token visits. Every token would then pay for "
        "every expert, which is what a mixture of experts is there to avoid.",
        {
            "n_active is the number of experts": (
                "self.n_active = config.n_expert_active",
                "self.n_active = config.n_expert",
            )
        },
    ),
    "setting hard-coded": Kind(
        HARD_CODED,
        {
            "always two active": ("self.n_active = config.n_expert_active", "self.n_active = 2"),
            "balance_loss_weight hard-coded": ("config.balance_loss_weight", "0.01"),
        },
    ),
}
