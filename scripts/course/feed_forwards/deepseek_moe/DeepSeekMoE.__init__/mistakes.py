"""What people write for feed_forwards.deepseek_moe.DeepSeekMoE.__init__, and why it matters."""

from scripts.course.feed_forwards.explanations import BACK_TO_FRONT
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import HARD_CODED

MISTAKES = {
    "router with a bias": Kind(
        "Your router is a layer with a bias, always or where config.bias is true. The only bias here is the one for the "
        "choice, which no gradient reaches; state dicts hold no other.",
        {
            "router with a bias": ("config.n_expert, bias=False)", "config.n_expert)"),
            "router with a bias where config.bias says so": ("bias=False", "bias=config.bias"),
        },
    ),
    "back to front": Kind(
        BACK_TO_FRONT,
        {"router back to front": ("(config.n_embd, config.n_expert, bias", "(config.n_expert, config.n_embd, bias")},
    ),
    "as many as are active": Kind(
        "You create only k logits or k experts, where there are E of each. The router chooses k among all E.",
        {
            "router for the active experts only": (
                "(config.n_embd, config.n_expert, bias",
                "(config.n_embd, config.num_experts_per_tok, bias",
            ),
            "only the active experts": ("range(config.n_expert)", "range(config.num_experts_per_tok)"),
        },
    ),
    "one expert many times": Kind(
        "You create a single expert and put it into the list E times. All entries are the same module, so that it makes "
        "no difference to which of them the router sends a token.",
        {
            "one expert many times": (
                "nn.ModuleList(GatedMLP(expert) for _ in range(config.n_expert))",
                "nn.ModuleList([GatedMLP(expert)] * config.n_expert)",
            )
        },
    ),
    "experts in a list": Kind(
        "You keep the experts in a Python list, in which torch registers no modules. Their weights are never trained, "
        "neither moved to a GPU nor saved.",
        {
            "experts in a list": (
                "nn.ModuleList(GatedMLP(expert) for _ in range(config.n_expert))",
                "[GatedMLP(expert) for _ in range(config.n_expert)]",
            )
        },
    ),
    "another width": Kind(
        "Your experts have another width than config.expert_hidden, or where that is None, than config.ffn_hidden. Many "
        "experts are small ones; as wide as a dense feed-forward they would be many times the model.",
        {
            "as wide as a dense one": ("config.expert_hidden or config.ffn_hidden", "config.ffn_hidden"),
            "ffn_hidden first": (
                "config.expert_hidden or config.ffn_hidden",
                "config.ffn_hidden or config.expert_hidden",
            ),
            "ffn_hidden ignored": ("config.expert_hidden or config.ffn_hidden", "config.expert_hidden"),
        },
    ),
    "shared expert of another width": Kind(
        "Your shared expert is not as wide as n_shared_expert of the others together. Saved weights do not fit, and what "
        "every token needs has less room than planned.",
        {
            "as wide as one": (
                "config.n_shared_expert * self.experts[0].down_proj.in_features",
                "self.experts[0].down_proj.in_features * bool(config.n_shared_expert)",
            ),
            "as wide as those that are chosen": (
                "hidden = config.n_shared_expert *",
                "hidden = bool(config.n_shared_expert) * config.num_experts_per_tok *",
            ),
        },
    ),
    "shared expert always or never": Kind(
        "You create a shared expert where config.n_shared_expert is 0, or none where it is not. At 0 there is "
        "none, and shared_expert is None.",
        {
            "always": (
                "GatedMLP(replace(config, ffn_hidden=hidden)) if hidden else None",
                "GatedMLP(replace(config, ffn_hidden=hidden or expert.ffn_hidden))",
            ),
            "never": ("GatedMLP(replace(config, ffn_hidden=hidden)) if hidden else None", "None"),
        },
    ),
    "bias is a parameter": Kind(
        "You make the correction bias a parameter. An optimizer takes it for one of its own, decays it towards zero, and "
        "puts it among the weights that are counted.",
        {
            "a parameter": (
                'self.register_buffer("correction_bias", torch.zeros(config.n_expert, dtype=dtype))',
                "self.correction_bias = nn.Parameter(torch.zeros(config.n_expert, dtype=dtype))",
            ),
            "a parameter without a gradient": (
                'self.register_buffer("correction_bias", torch.zeros(config.n_expert, dtype=dtype))',
                "self.correction_bias = nn.Parameter(torch.zeros(config.n_expert, dtype=dtype), requires_grad=False)",
            ),
        },
    ),
    "bias is not saved": Kind(
        "Your correction bias is no part of the model's state: a plain tensor, or a buffer that is not saved. A model "
        "that is loaded chooses other experts than the one that was trained.",
        {
            "a plain tensor": (
                'self.register_buffer("correction_bias", torch.zeros(config.n_expert, dtype=dtype))',
                "self.correction_bias = torch.zeros(config.n_expert, dtype=dtype)",
            ),
            "not saved": (
                "torch.zeros(config.n_expert, dtype=dtype))",
                "torch.zeros(config.n_expert, dtype=dtype), persistent=False)",
            ),
        },
    ),
    "bias does not start at zero": Kind(
        "Your correction bias does not start at zero, or has another number of elements than there are "
        "experts. At first no expert is preferred.",
        {
            "ones": ("torch.zeros(config.n_expert, dtype=dtype)", "torch.ones(config.n_expert, dtype=dtype)"),
            "one for all": ("torch.zeros(config.n_expert, dtype=dtype)", "torch.zeros(1, dtype=dtype)"),
        },
    ),
    "bias in bfloat16": Kind(
        "Your correction bias has the dtype of the weights. In bfloat16 the next number behind 0.5 is 0.504: a step of "
        "0.001 is lost there, and the bias stands still.",
        {"bias in bfloat16": (", dtype=dtype)", ")")},
    ),
    "setting hard-coded": Kind(
        HARD_CODED,
        {
            "as many active as there are": ("= config.num_experts_per_tok", "= config.n_expert"),
            "speed hard-coded": ("= config.bias_update_speed", "= 0.001"),
            "always divided": ("= config.norm_topk_prob,", "= True,"),
        },
    ),
}

WITHOUT = {"not widened to float32": "It is the bias in bfloat16."}
