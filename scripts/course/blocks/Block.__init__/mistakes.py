"""What people write for blocks.Block.__init__, and why it matters."""

from scripts.workshop.diagnose import Kind

MISTAKES = {
    "part under another name": Kind(
        "You keep a sublayer under another name than the docstring gives it. The forward pass, the blocks that "
        "inherit from this one and saved models look for it under that name, and stop with an error.",
        {
            "attention under another name": (
                "self.attn = build_attention(config, layer)",
                "self.attention = build_attention(config, layer)",
            ),
            "mlp under another name": (
                "self.mlp = build_feed_forward(config)",
                "self.ffn = build_feed_forward(config)",
            ),
        },
    ),
    "one norm for both": Kind(
        "You create one norm and use it for both sublayers. Each needs weights of its own for what it reads; a "
        "shared norm has to suit both, and saved models have weights that fit nowhere.",
        {"one norm for both": ("self.mlp_norm = build_norm(config)", "self.mlp_norm = self.attn_norm")},
    ),
    "a norm too many": Kind(
        "You create a third norm, with weights, that is not part of the block. Weights that no forward pass uses get "
        "no gradient to learn from, and saved models no longer fit.",
        {
            "a learned norm": (
                "self.mlp = build_feed_forward(config)",
                "self.mlp, self.norm = build_feed_forward(config), nn.RMSNorm(config.n_embd)",
            )
        },
    ),
    "kind of layer fixed": Kind(
        "You build one fixed kind of norm or sublayer, whatever the configuration asks for. A model that asks for "
        "another gets this one without an error, and an experiment that compares the two compares a model with "
        "itself.",
        {
            "always layer norm": (
                "self.attn_norm = build_norm(config)",
                "self.attn_norm = nn.LayerNorm(config.n_embd)",
            ),
            "always the ordinary attention": (
                "self.attn = build_attention(config, layer)",
                "from .attention import CausalSelfAttention\n\n        self.attn = CausalSelfAttention(config)",
            ),
            "always the ordinary MLP": (
                "self.mlp = build_feed_forward(config)",
                "from .feed_forward import MLP\n\n        self.mlp = MLP(config)",
            ),
        },
    ),
    "feed-forward for attention": Kind(
        "What you keep as attention is a feed-forward, which works on each token alone. No token could read from "
        "another, and the forward pass stops with an error, since it passes a context as well.",
        {
            "attn and mlp swapped": (
                "self.attn = build_attention(config, layer)",
                "self.attn = build_feed_forward(config)",
            )
        },
    ),
    "function kept, not called": Kind(
        "You keep the function that builds a sublayer instead of the sublayer that it builds. There are no "
        "weights to train in it, and the first forward pass stops with an error.",
        {
            "attention not made yet": ("self.attn = build_attention(config, layer)", "self.attn = build_attention"),
            "functions kept, not called": ("self.mlp = build_feed_forward(config)", "self.mlp = build_feed_forward"),
        },
    ),
    "configuration not handed over": Kind(
        "You call the function that builds attention without the configuration. It reads there which kind to build "
        "and how large, and stops with an error.",
        {
            "attention without the configuration": (
                "self.attn = build_attention(config, layer)",
                "self.attn = build_attention()",
            )
        },
    ),
    "layer not handed over": Kind(
        "You do not pass on which layer this is. Models whose layers differ (a window in every second one, a lambda "
        "that grows with the depth) get the same attention everywhere.",
        {
            "the first layer, whichever it is": ("build_attention(config, layer)", "build_attention(config, 0)"),
            "the layer counted from 1": ("build_attention(config, layer)", "build_attention(config, layer + 1)"),
            "the number of layers, not the layer": (
                "build_attention(config, layer)",
                "build_attention(config, config.n_layer - 1)",
            ),
        },
    ),
}
