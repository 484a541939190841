"""What people write for attention.CausalSelfAttention.__init__, and why it matters."""

from scripts.course.attentions.explanations import NOT_KEPT
from scripts.workshop.diagnose import Kind

Q_PROJ = "self.q_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim"
K_PROJ = "self.k_proj = nn.Linear(config.n_embd, config.n_kv_head * config.head_dim"
V_PROJ = "self.v_proj = nn.Linear(config.n_embd, config.n_kv_head * config.head_dim"
O_PROJ = "self.o_proj = nn.Linear(config.n_head * config.head_dim, config.n_embd"
ALL = (
    f"{Q_PROJ}, bias=False)\n        {K_PROJ}, bias=False)\n        {V_PROJ}, bias=False)\n"
    f"        # Project the heads' outputs back into the residual stream.\n        {O_PROJ}, bias=False)"
)

MISTAKES = {
    "a projection with a bias": Kind(
        "One of your projections has a bias, which `nn.Linear` creates unless it is told otherwise. This model has no "
        "biases, and its weights say nothing about what yours should be.",
        {
            "queries with a bias": (f"{Q_PROJ}, bias=False)", f"{Q_PROJ})"),
            "keys with a bias": (f"{K_PROJ}, bias=False)", f"{K_PROJ})"),
            "values with a bias": (f"{V_PROJ}, bias=False)", f"{V_PROJ})"),
            "output with a bias": (f"{O_PROJ}, bias=False)", f"{O_PROJ})"),
        },
    ),
    "width of the stream for that of all heads": Kind(
        "You take C, the width of the residual stream, for H*D, the width of all heads together. The two agree only "
        "where D is C/H.",
        {
            "queries as wide as the stream": (Q_PROJ, "self.q_proj = nn.Linear(config.n_embd, config.n_embd"),
            "output from the width of the stream": (O_PROJ, "self.o_proj = nn.Linear(config.n_embd, config.n_embd"),
            "queries as wide as the stream, and the output from it": (
                ALL,
                ALL.replace(Q_PROJ, "self.q_proj = nn.Linear(config.n_embd, config.n_embd").replace(
                    O_PROJ, "self.o_proj = nn.Linear(config.n_embd, config.n_embd"
                ),
            ),
            "all four as wide as the stream": (
                ALL,
                "\n        ".join(
                    f"self.{name} = nn.Linear(config.n_embd, config.n_embd, bias=False)"
                    for name in ("q_proj", "k_proj", "v_proj", "o_proj")
                ),
            ),
        },
    ),
    "query heads for key/value heads": Kind(
        "You count H, the query heads, where G, the key/value heads, are meant. With grouped queries there are fewer of "
        "these, and the split into heads fails, or keeps more than the cache should hold.",
        {
            "as many key heads as query heads": (
                K_PROJ,
                "self.k_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim",
            ),
            "as many value heads as query heads": (
                V_PROJ,
                "self.v_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim",
            ),
            "as many key and value heads as query heads": (
                f"{K_PROJ}, bias=False)\n        {V_PROJ}",
                "self.k_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim, bias=False)\n"
                "        self.v_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim",
            ),
            "n_kv_head is n_head": (
                "config.n_head, config.n_kv_head, config.head_dim\n",
                "config.n_head, config.n_head, config.head_dim\n",
            ),
        },
    ),
    "key/value heads for query heads": Kind(
        "You count G, the key/value heads, where H, the query heads, are meant. With grouped queries there are more "
        "query heads than these, and the split into heads fails.",
        {
            "as few query heads as key heads": (
                Q_PROJ,
                "self.q_proj = nn.Linear(config.n_embd, config.n_kv_head * config.head_dim",
            ),
            "output from the key/value heads": (
                O_PROJ,
                "self.o_proj = nn.Linear(config.n_kv_head * config.head_dim, config.n_embd",
            ),
        },
    ),
    "keys for one head only": Kind(
        "You make the keys for a single head, D wide. Every key/value head has keys of its own, so that they are G*D "
        "wide.",
        {"keys of one head's width": (K_PROJ, "self.k_proj = nn.Linear(config.n_embd, config.head_dim")},
    ),
    "one module under two names": Kind(
        "Two names stand for one and the same module in your code. Its weights serve both purposes, so that neither can "
        "learn its own.",
        {"values from the keys' projection": (f"{V_PROJ}, bias=False)", "self.v_proj = self.k_proj")},
    ),
    "output projection under another name": Kind(
        "Your output projection goes by a name of your own. The initialisation looks for o_proj and sets its weights "
        "to zero, and public weights have that name too.",
        {"output projection under another name": ("self.o_proj", "self.out_proj")},
    ),
    "size of a head from the width": Kind(
        "You work out the size of a head from the width of the model, where the configuration has it. Heads may be of "
        "any size, and the projections and their split have to agree on it.",
        {
            "head_dim by key/value heads": (
                "config.n_head, config.n_kv_head, config.head_dim\n",
                "config.n_head, config.n_kv_head, config.n_embd // config.n_kv_head\n",
            ),
            "head_dim as the width by the heads, in the projections too": (
                "super().__init__()",
                "super().__init__()\n"
                "        from dataclasses import replace\n"
                "        config = replace(config, head_dim=config.n_embd // config.n_head)",
            ),
            "head_dim as the width by the heads": (
                "config.n_head, config.n_kv_head, config.head_dim\n",
                "config.n_head, config.n_kv_head, config.n_embd // config.n_head\n",
            ),
        },
    ),
    "eps hard-coded": Kind(
        "You keep an eps of your own instead of the configured one. With queries and keys of ordinary size this does not "
        "show; with small ones the scores differ, and public models differ in exactly this constant.",
        {"eps hard-coded to 1e-5": ("config.norm_eps", "1e-5")},
    ),
    "something not kept": Kind(
        NOT_KEPT,
        {
            "head_dim not kept": (
                "self.n_head, self.n_kv_head, self.head_dim = config.n_head, config.n_kv_head, config.head_dim",
                "self.n_head, self.n_kv_head = config.n_head, config.n_kv_head",
            )
        },
    ),
}
