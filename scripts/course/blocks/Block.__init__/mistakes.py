"""What people write for blocks.Block.__init__, and why it matters."""

from scripts.workshop.diagnose import Kind

MISTAKES = {
    "super().__init__() forgotten": Kind(
        "You do not run the setup of the class that yours is built on. Until it has run, torch cannot register "
        "layers, and the first one that you create stops with an error.",
        {"super().__init__() forgotten": ("super().__init__()", "pass")},
    ),
    "part missing": Kind(
        "You never create a part that the block needs: a norm, a sublayer, or the scale of attention. The "
        "forward pass asks for each of them, and stops with an error at the one that is missing.",
        {
            "a norm forgotten": ("self.attn_norm = build_norm(config)", "pass"),
            "attention forgotten": ("self.attn = build_attention(config)", "pass"),
            "mlp forgotten": ("self.mlp = build_feed_forward(config)", "pass"),
            "attn_scale forgotten": (
                "self.attn_scale = (2 * config.n_layer) ** -0.5 if config.attn_scale else 1.0",
                "pass",
            ),
        },
    ),
    "part under another name": Kind(
        "You keep a sublayer under another name than the task gives it. The forward pass, the blocks built on "
        "this one and saved models look for it under that name, and do not find it.",
        {
            "attention under another name": (
                "self.attn = build_attention(config)",
                "self.attention = build_attention(config)",
            ),
            "mlp under another name": (
                "self.mlp = build_feed_forward(config)",
                "self.ffn = build_feed_forward(config)",
            ),
        },
    ),
    "one norm for both": Kind(
        "You make one norm and give it to both sublayers. Each should have weights of its own for what it "
        "reads; a shared norm has to suit both, and saved models have weights that fit nowhere.",
        {"one norm for both": ("self.mlp_norm = build_norm(config)", "self.mlp_norm = self.attn_norm")},
    ),
    "a norm too many": Kind(
        "You create a third norm, with weights, for which nobody asked. Weights that no forward pass uses get "
        "no gradient to learn from, and saved models no longer fit.",
        {
            "a learned norm": (
                "self.mlp = build_feed_forward(config)",
                "self.mlp, self.norm = build_feed_forward(config), nn.RMSNorm(config.n_embd)",
            )
        },
    ),
    "kind of layer fixed": Kind(
        "You build one certain kind of norm or sublayer, whatever the configuration asks for. Whoever asks for "
        "another gets this one without a word, and an experiment that compares the two compares a model with "
        "itself.",
        {
            "always layer norm": (
                "self.attn_norm = build_norm(config)",
                "self.attn_norm = nn.LayerNorm(config.n_embd)",
            ),
            "always the ordinary attention": (
                "self.attn = build_attention(config)",
                "self.attn = CausalSelfAttention(config)",
            ),
            "always the ordinary MLP": (
                "self.mlp = build_feed_forward(config)",
                "from .feed_forward import MLP\n\n        self.mlp = MLP(config)",
            ),
        },
    ),
    "kernels passed over": Kind(
        "You look up the kind of attention yourself, by its name alone. Which backend computes it plays no "
        "part then: a model that asks for a flash kernel does not get the layer that is made for one.",
        {
            "kinds of attention by name, and nothing of kernels": (
                "self.attn = build_attention(config)",
                "self.attn = ATTENTIONS[config.attention_type](config)",
            )
        },
    ),
    "unknown kinds of attention passed over": Kind(
        "A kind of attention that nobody knows becomes ordinary attention in your code, without an error. A "
        "misspelt setting would then train another model than the one that was meant, and nobody would notice.",
        {
            "an unknown kind of attention passed over": (
                "self.attn = build_attention(config)",
                "self.attn = ATTENTIONS.get(config.attention_type, CausalSelfAttention)(config)",
            )
        },
    ),
    "feed-forward for attention": Kind(
        "What you keep as attention is a feed-forward, which works on each token alone. No token could learn "
        "of the others, and the forward pass stops, since it hands over a context as well.",
        {"attn and mlp swapped": ("self.attn = build_attention(config)", "self.attn = build_feed_forward(config)")},
    ),
    "function kept, not called": Kind(
        "You keep the function that builds a sublayer instead of the sublayer that it builds. There are no "
        "weights to train in it, and the first forward pass stops with an error.",
        {
            "attention not made yet": ("self.attn = build_attention(config)", "self.attn = build_attention"),
            "functions kept, not called": ("self.mlp = build_feed_forward(config)", "self.mlp = build_feed_forward"),
        },
    ),
    "configuration not handed over": Kind(
        "You call the function that builds attention without handing it the configuration. It reads there "
        "which kind to build and how large, so that it can build nothing and stops with an error.",
        {
            "attention without the configuration": (
                "self.attn = build_attention(config)",
                "self.attn = build_attention()",
            )
        },
    ),
    "scale deaf to its setting": Kind(
        "Your scale does not do what its setting asks for: it is there where it should be off, or missing "
        "where it should be on. A model trained with one and run with the other hears attention at another "
        "strength in every layer.",
        {
            "attn_scale always on": (" if config.attn_scale else 1.0", ""),
            "attn_scale always off": ("(2 * config.n_layer) ** -0.5 if config.attn_scale else 1.0", "1.0"),
            "attn_scale the wrong way round": ("if config.attn_scale else", "if not config.attn_scale else"),
        },
    ),
    "attention silenced": Kind(
        "Where no scale is asked for, yours wipes out everything that attention found. No token then learns "
        "anything of the others, and attention gets no gradient to learn from.",
        {"attn_scale of zero where it is off": ("else 1.0", "else 0.0")},
    ),
    "setting kept for the scale": Kind(
        "You keep the setting, which is only true or false, where a number is wanted. As numbers these are one "
        "and zero: attention is not scaled where it should be, and silenced where it should be left alone.",
        {
            "attn_scale is only the switch": (
                "(2 * config.n_layer) ** -0.5 if config.attn_scale else 1.0",
                "config.attn_scale",
            )
        },
    ),
    "scale from another count": Kind(
        "The count in your scale is not that of the sublayers in the whole model, of which every layer has "
        "two. Only this number tells how many additions the residual stream has to bear.",
        {
            "attn_scale without the two": ("(2 * config.n_layer)", "config.n_layer"),
            "attn_scale by the number of heads": ("config.n_layer", "config.n_head"),
        },
    ),
    "scale without the root": Kind(
        "You divide by the number of sublayers itself. Contributions that are independent of each other add up "
        "only to the root of their number, so that attention would hardly be heard in a deep model.",
        {"attn_scale without the root": ("** -0.5", "** -1")},
    ),
    "scale that enlarges": Kind(
        "Your scale grows with the number of layers. It is there to make what attention adds smaller the "
        "deeper the model is; enlarged instead, attention soon drowns everything else in the stream.",
        {"attn_scale that enlarges": ("** -0.5", "** 0.5")},
    ),
}
