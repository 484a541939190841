"""Mistakes in blocks.py."""

MISTAKES = {
    "blocks.Block.__init__": {
        "super().__init__() forgotten": ("super().__init__()", "pass"),
        "one norm for both": ("self.mlp_norm = build_norm(config)", "self.mlp_norm = self.attn_norm"),
        "a norm forgotten": ("self.attn_norm = build_norm(config)", "pass"),
        "always layer norm": ("self.attn_norm = build_norm(config)", "self.attn_norm = nn.LayerNorm(config.n_embd)"),
        "attn and mlp swapped": ("self.attn = build_attention(config)", "self.attn = build_feed_forward(config)"),
        "always the ordinary attention": (
            "self.attn = build_attention(config)",
            "self.attn = CausalSelfAttention(config)",
        ),
        "kinds of attention by name, and nothing of kernels": (
            "self.attn = build_attention(config)",
            "self.attn = ATTENTIONS[config.attention_type](config)",
        ),
        "an unknown kind of attention passed over": (
            "self.attn = build_attention(config)",
            "self.attn = ATTENTIONS.get(config.attention_type, CausalSelfAttention)(config)",
        ),
        "attention forgotten": ("self.attn = build_attention(config)", "pass"),
        "attention under another name": (
            "self.attn = build_attention(config)",
            "self.attention = build_attention(config)",
        ),
        "attention not made yet": ("self.attn = build_attention(config)", "self.attn = build_attention"),
        "attention without the configuration": ("self.attn = build_attention(config)", "self.attn = build_attention()"),
        "mlp forgotten": ("self.mlp = build_feed_forward(config)", "pass"),
        "mlp under another name": ("self.mlp = build_feed_forward(config)", "self.ffn = build_feed_forward(config)"),
        "always the ordinary MLP": (
            "self.mlp = build_feed_forward(config)",
            "from .feed_forward import MLP\n\n        self.mlp = MLP(config)",
        ),
        "a learned norm": (
            "self.mlp = build_feed_forward(config)",
            "self.mlp, self.norm = build_feed_forward(config), nn.RMSNorm(config.n_embd)",
        ),
        "functions kept, not called": ("self.mlp = build_feed_forward(config)", "self.mlp = build_feed_forward"),
        "attn_scale forgotten": (
            "self.attn_scale = (2 * config.n_layer) ** -0.5 if config.attn_scale else 1.0",
            "pass",
        ),
        "attn_scale always on": (" if config.attn_scale else 1.0", ""),
        "attn_scale always off": ("(2 * config.n_layer) ** -0.5 if config.attn_scale else 1.0", "1.0"),
        "attn_scale the wrong way round": ("if config.attn_scale else", "if not config.attn_scale else"),
        "attn_scale of zero where it is off": ("else 1.0", "else 0.0"),
        "attn_scale is only the switch": (
            "(2 * config.n_layer) ** -0.5 if config.attn_scale else 1.0",
            "config.attn_scale",
        ),
        "attn_scale without the two": ("(2 * config.n_layer)", "config.n_layer"),
        "attn_scale without the root": ("** -0.5", "** -1"),
        "attn_scale that enlarges": ("** -0.5", "** 0.5"),
        "attn_scale by the number of heads": ("config.n_layer", "config.n_head"),
    },
    "blocks.Block.forward": {
        "no residual around attention": ("x = x + self.attn_scale", "x = self.attn_scale"),
        "no residual around the MLP": ("return x + self.mlp(", "return self.mlp("),
        "no norm before attention": ("self.attn(self.attn_norm(x), context)", "self.attn(x, context)"),
        "no norm before the MLP": ("self.mlp(self.mlp_norm(x))", "self.mlp(x)"),
        "residual normalised before attention": (
            "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)",
            "x = self.attn_norm(x)\n        x = x + self.attn_scale * self.attn(x, context)",
        ),
        "residual normalised before the MLP": (
            "return x + self.mlp(self.mlp_norm(x))",
            "x = self.mlp_norm(x)\n        return x + self.mlp(x)",
        ),
        "post-norm": (
            "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)",
            "x = self.attn_norm(x + self.attn_scale * self.attn(x, context))\n"
            "        return self.mlp_norm(x + self.mlp(x))",
        ),
        "output norm, as OLMo 2": (
            "self.attn(self.attn_norm(x), context)",
            "self.attn_norm(self.attn(x, context))",
        ),
        "sandwich norm": (
            "return x + self.mlp(self.mlp_norm(x))",
            "return x + self.mlp_norm(self.mlp(self.mlp_norm(x)))",
        ),
        "one norm more at the end": (
            "return x + self.mlp(self.mlp_norm(x))",
            "return self.mlp_norm(x + self.mlp(self.mlp_norm(x)))",
        ),
        "in parallel": (
            "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)",
            "return x + self.attn_scale * self.attn(self.attn_norm(x), context) + self.mlp(self.mlp_norm(x))",
        ),
        "MLP first": (
            "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)",
            "x = x + self.mlp(self.mlp_norm(x))\n"
            "        return x + self.attn_scale * self.attn(self.attn_norm(x), context)",
        ),
        "MLP forgotten": ("return x + self.mlp(self.mlp_norm(x))", "return x"),
        "attention forgotten": ("x = x + self.attn_scale * self.attn(self.attn_norm(x), context)", "pass"),
        "attention twice": ("self.mlp(self.mlp_norm(x))", "self.attn(self.attn_norm(x), context)"),
        "first residual counted twice": ("x = x + self.attn_scale", "x = x + x + self.attn_scale"),
        "attn_scale forgotten": ("self.attn_scale * ", ""),
        "attn_scale on the MLP too": ("return x + self.mlp(", "return x + self.attn_scale * self.mlp("),
        "attn_scale on the residual": ("x + self.attn_scale * self.attn(", "self.attn_scale * x + self.attn("),
        "attn_scale on the sum": (
            "x + self.attn_scale * self.attn(self.attn_norm(x), context)",
            "self.attn_scale * (x + self.attn(self.attn_norm(x), context))",
        ),
        "attn_scale on what attention reads": (
            "self.attn_scale * self.attn(self.attn_norm(x), context)",
            "self.attn(self.attn_scale * self.attn_norm(x), context)",
        ),
        "divided by attn_scale": (
            "self.attn_scale * self.attn(self.attn_norm(x), context)",
            "self.attn(self.attn_norm(x), context) / self.attn_scale",
        ),
        "MLP scaled too, by a half": ("return x + self.mlp(", "return x + 0.5 * self.mlp("),
        "the norms swapped, first": ("self.attn(self.attn_norm(x)", "self.attn(self.mlp_norm(x)"),
        "the norms swapped, then": ("self.mlp(self.mlp_norm(x))", "self.mlp(self.attn_norm(x))"),
        "stream changed in place": ("x = x + self.attn_scale", "x += self.attn_scale"),
        "gradient cut at attention": ("self.attn(self.attn_norm(x)", "self.attn(self.attn_norm(x.detach())"),
        "gradient cut at the residual": ("x = x + self.attn_scale", "x = x.detach() + self.attn_scale"),
        "context not handed on": (", context)\n", ")\n"),
        "an empty context handed on": ("self.attn_norm(x), context)", "self.attn_norm(x), Context(context.position))"),
    },
    "blocks.PostNormBlock.forward": {
        "residual left out of the first norm": (
            "self.attn_norm(x + self.attn_scale * self.attn(x, context))",
            "x + self.attn_norm(self.attn_scale * self.attn(x, context))",
        ),
        "residual left out of the second norm": (
            "self.mlp_norm(x + self.mlp(x))",
            "x + self.mlp_norm(self.mlp(x))",
        ),
        "pre-norm": (
            "x = self.attn_norm(x + self.attn_scale * self.attn(x, context))",
            "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)\n"
            "        return x + self.mlp(self.mlp_norm(x))",
        ),
        "output norm, as OLMo 2": (
            "x = self.attn_norm(x + self.attn_scale * self.attn(x, context))",
            "x = x + self.attn_scale * self.attn_norm(self.attn(x, context))\n"
            "        return x + self.mlp_norm(self.mlp(x))",
        ),
        "pre-norm as well, before attention": ("self.attn(x, context)", "self.attn(self.attn_norm(x), context)"),
        "pre-norm as well, before the MLP": ("self.mlp(x)", "self.mlp(self.mlp_norm(x))"),
        "only the MLP reads normed": (
            "return self.mlp_norm(x + self.mlp(x))",
            "return x + self.mlp(self.mlp_norm(x))",
        ),
        "first norm forgotten": (
            "self.attn_norm(x + self.attn_scale * self.attn(x, context))",
            "x + self.attn_scale * self.attn(x, context)",
        ),
        "second norm forgotten": ("return self.mlp_norm(x + self.mlp(x))", "return x + self.mlp(x)"),
        "the norms swapped, first": ("x = self.attn_norm(", "x = self.mlp_norm("),
        "the norms swapped, then": ("return self.mlp_norm(", "return self.attn_norm("),
        "no residual around attention": ("x + self.attn_scale", "self.attn_scale"),
        "no residual around the MLP": ("x + self.mlp(x)", "self.mlp(x)"),
        "second residual from before the norm": (
            "x = self.attn_norm(x + self.attn_scale * self.attn(x, context))",
            "x = x + self.attn_scale * self.attn(x, context)\n"
            "        return self.mlp_norm(x + self.mlp(self.attn_norm(x)))",
        ),
        "attn_scale forgotten": ("self.attn_scale * ", ""),
        "attn_scale on the MLP too": ("x + self.mlp(x)", "x + self.attn_scale * self.mlp(x)"),
        "attn_scale outside the norm": (
            "self.attn_norm(x + self.attn_scale * self.attn(x, context))",
            "self.attn_scale * self.attn_norm(x + self.attn(x, context))",
        ),
        "attn_scale on the residual": ("x + self.attn_scale * self.attn(", "self.attn_scale * x + self.attn("),
        "an empty context handed on": ("self.attn(x, context)", "self.attn(x, Context(context.position))"),
        "gradient cut at the residual": ("x + self.mlp(x)", "x.detach() + self.mlp(x)"),
    },
    "blocks.NoNormBlock.forward": {
        "no residual around attention": ("x = x + self.attn_scale", "x = self.attn_scale"),
        "no residual around the MLP": ("return x + self.mlp(x)", "return self.mlp(x)"),
        "in parallel": (
            "x = x + self.attn_scale * self.attn(x, context)",
            "return x + self.attn_scale * self.attn(x, context) + self.mlp(x)",
        ),
        "MLP first": (
            "x = x + self.attn_scale * self.attn(x, context)",
            "x = x + self.mlp(x)\n        return x + self.attn_scale * self.attn(x, context)",
        ),
        "MLP forgotten": ("return x + self.mlp(x)", "return x"),
        "attention forgotten": ("x = x + self.attn_scale * self.attn(x, context)", "pass"),
        "a norm without weights after all": (
            "self.attn(x, context)",
            "self.attn(nn.functional.rms_norm(x, x.shape[-1:]), context)",
        ),
        "norms as in Block": ("self.attn(x, context)", "self.attn(self.attn_norm(x), context)"),
        "second residual from the start": (
            "x = x + self.attn_scale * self.attn(x, context)",
            "return x + self.mlp(x + self.attn_scale * self.attn(x, context))",
        ),
        "attn_scale forgotten": ("self.attn_scale * ", ""),
        "attn_scale on the MLP too": ("x + self.mlp(x)", "x + self.attn_scale * self.mlp(x)"),
        "attn_scale on the residual": ("x + self.attn_scale * self.attn(", "self.attn_scale * x + self.attn("),
        "stream changed in place": ("x = x + self.attn_scale", "x += self.attn_scale"),
        "an empty context handed on": ("self.attn(x, context)", "self.attn(x, Context(context.position))"),
    },
    "blocks.SandwichNormBlock.forward": {
        "inner norm of attention forgotten": ("self.attn(self.attn_norm(x), context)", "self.attn(x, context)"),
        "outer norm of attention forgotten": (
            "self.attn_out_norm(self.attn(self.attn_norm(x), context))",
            "self.attn(self.attn_norm(x), context)",
        ),
        "inner norm of the MLP forgotten": ("self.mlp(self.mlp_norm(x))", "self.mlp(x)"),
        "outer norm of the MLP forgotten": (
            "self.mlp_out_norm(self.mlp(self.mlp_norm(x)))",
            "self.mlp(self.mlp_norm(x))",
        ),
        "inner and outer norm of attention swapped": (
            "self.attn_out_norm(self.attn(self.attn_norm(x), context))",
            "self.attn_norm(self.attn(self.attn_out_norm(x), context))",
        ),
        "inner and outer norm of the MLP swapped": (
            "self.mlp_out_norm(self.mlp(self.mlp_norm(x)))",
            "self.mlp_norm(self.mlp(self.mlp_out_norm(x)))",
        ),
        "the outer norms swapped": ("self.attn_out_norm(", "self.mlp_out_norm("),
        "the inner norm used outside too": ("self.mlp_out_norm(", "self.mlp_norm("),
        "attn_scale inside the outer norm": (
            "self.attn_scale * self.attn_out_norm(self.attn(self.attn_norm(x), context))",
            "self.attn_out_norm(self.attn_scale * self.attn(self.attn_norm(x), context))",
        ),
        "attn_scale forgotten": ("self.attn_scale * ", ""),
        "attn_scale on the MLP too": (
            "return x + self.mlp_out_norm(",
            "return x + self.attn_scale * self.mlp_out_norm(",
        ),
        "residual inside the outer norm": (
            "x + self.mlp_out_norm(self.mlp(self.mlp_norm(x)))",
            "self.mlp_out_norm(x + self.mlp(self.mlp_norm(x)))",
        ),
        "residual taken from the inner norm": (
            "return x + self.mlp_out_norm(",
            "return self.mlp_norm(x) + self.mlp_out_norm(",
        ),
        "no residual around attention": ("x = x + self.attn_scale", "x = self.attn_scale"),
        "no residual around the MLP": ("return x + self.mlp_out_norm(", "return self.mlp_out_norm("),
        "in parallel": (
            "x = x + self.attn_scale * self.attn_out_norm(self.attn(self.attn_norm(x), context))",
            "return x + self.attn_scale * self.attn_out_norm(self.attn(self.attn_norm(x), context))"
            " + self.mlp_out_norm(self.mlp(self.mlp_norm(x)))",
        ),
        "an empty context handed on": ("self.attn_norm(x), context)", "self.attn_norm(x), Context(context.position))"),
    },
    "blocks.OutputNormBlock.forward": {
        "pre-norm": (
            "x = x + self.attn_scale * self.attn_norm(self.attn(x, context))",
            "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)\n"
            "        return x + self.mlp(self.mlp_norm(x))",
        ),
        "post-norm": (
            "x = x + self.attn_scale * self.attn_norm(self.attn(x, context))",
            "x = self.attn_norm(x + self.attn_scale * self.attn(x, context))\n"
            "        return self.mlp_norm(x + self.mlp(x))",
        ),
        "pre-norm before attention only": (
            "self.attn_norm(self.attn(x, context))",
            "self.attn(self.attn_norm(x), context)",
        ),
        "pre-norm before the MLP only": ("self.mlp_norm(self.mlp(x))", "self.mlp(self.mlp_norm(x))"),
        "sandwich norm": ("self.mlp_norm(self.mlp(x))", "self.mlp_norm(self.mlp(self.mlp_norm(x)))"),
        "residual inside the norm": ("x + self.mlp_norm(self.mlp(x))", "self.mlp_norm(x + self.mlp(x))"),
        "norm of attention forgotten": ("self.attn_norm(self.attn(x, context))", "self.attn(x, context)"),
        "norm of the MLP forgotten": ("self.mlp_norm(self.mlp(x))", "self.mlp(x)"),
        "the norms swapped, first": ("self.attn_norm(", "self.mlp_norm("),
        "the norms swapped, then": ("self.mlp_norm(", "self.attn_norm("),
        "attn_scale inside the norm": (
            "self.attn_scale * self.attn_norm(self.attn(x, context))",
            "self.attn_norm(self.attn_scale * self.attn(x, context))",
        ),
        "attn_scale forgotten": ("self.attn_scale * ", ""),
        "attn_scale on the MLP too": ("return x + self.mlp_norm(", "return x + self.attn_scale * self.mlp_norm("),
        "no residual around attention": ("x = x + self.attn_scale", "x = self.attn_scale"),
        "no residual around the MLP": ("return x + self.mlp_norm(", "return self.mlp_norm("),
        "an empty context handed on": ("self.attn(x, context)", "self.attn(x, Context(context.position))"),
    },
    "blocks.ParallelBlock.forward": {
        "one after the other": (
            "return x + self.attn_scale * self.attn(normed, context) + self.mlp(normed)",
            "x = x + self.attn_scale * self.attn(normed, context)\n        return x + self.mlp(self.norm(x))",
        ),
        "MLP reads what attention gives": (
            "return x + self.attn_scale * self.attn(normed, context) + self.mlp(normed)",
            "attended = self.attn_scale * self.attn(normed, context)\n        return x + attended + self.mlp(attended)",
        ),
        "MLP reads the stream unnormed": ("self.mlp(normed)", "self.mlp(x)"),
        "attention reads the stream unnormed": ("self.attn(normed, context)", "self.attn(x, context)"),
        "norm forgotten": ("normed = self.norm(x)", "normed = x"),
        "stream normed too": ("normed = self.norm(x)", "x = normed = self.norm(x)"),
        "norm applied twice": ("self.mlp(normed)", "self.mlp(self.norm(normed))"),
        "norm on the outside": (
            "return x + self.attn_scale * self.attn(normed, context) + self.mlp(normed)",
            "return x + self.norm(self.attn_scale * self.attn(x, context) + self.mlp(x))",
        ),
        "residual counted twice": (
            "return x + self.attn_scale * self.attn(normed, context) + self.mlp(normed)",
            "return (x + self.attn_scale * self.attn(normed, context)) + (x + self.mlp(normed))",
        ),
        "no residual": ("return x + self.attn_scale", "return self.attn_scale"),
        "MLP forgotten": (" + self.mlp(normed)", ""),
        "attention forgotten": (" + self.attn_scale * self.attn(normed, context)", ""),
        "attn_scale forgotten": ("self.attn_scale * ", ""),
        "attn_scale on both": (
            "self.attn_scale * self.attn(normed, context) + self.mlp(normed)",
            "self.attn_scale * (self.attn(normed, context) + self.mlp(normed))",
        ),
        "the mean of both": (
            "self.attn_scale * self.attn(normed, context) + self.mlp(normed)",
            "(self.attn_scale * self.attn(normed, context) + self.mlp(normed)) / 2",
        ),
        "gradient cut at the norm": ("self.norm(x)", "self.norm(x.detach())"),
        "an empty context handed on": ("self.attn(normed, context)", "self.attn(normed, Context(context.position))"),
    },
    "blocks.ParallelTwoNormsBlock.forward": {
        "one after the other": (
            "return x + self.attn_scale * self.attn(self.attn_norm(x), context) + self.mlp(self.mlp_norm(x))",
            "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)\n"
            "        return x + self.mlp(self.mlp_norm(x))",
        ),
        "one norm for both": ("self.mlp(self.mlp_norm(x))", "self.mlp(self.attn_norm(x))"),
        "the norms swapped": (
            "self.attn(self.attn_norm(x), context) + self.mlp(self.mlp_norm(x))",
            "self.attn(self.mlp_norm(x), context) + self.mlp(self.attn_norm(x))",
        ),
        "one norm after the other": ("self.mlp_norm(x)", "self.mlp_norm(self.attn_norm(x))"),
        "MLP reads the stream unnormed": ("self.mlp(self.mlp_norm(x))", "self.mlp(x)"),
        "attention reads the stream unnormed": ("self.attn(self.attn_norm(x), context)", "self.attn(x, context)"),
        "norms on the outside": (
            "self.attn(self.attn_norm(x), context) + self.mlp(self.mlp_norm(x))",
            "self.attn_norm(self.attn(x, context)) + self.mlp_norm(self.mlp(x))",
        ),
        "residual counted twice": ("+ self.mlp(", "+ x + self.mlp("),
        "no residual": ("return x + self.attn_scale", "return self.attn_scale"),
        "MLP forgotten": (" + self.mlp(self.mlp_norm(x))", ""),
        "attn_scale forgotten": ("self.attn_scale * ", ""),
        "attn_scale on both": (
            "self.attn_scale * self.attn(self.attn_norm(x), context) + self.mlp(self.mlp_norm(x))",
            "self.attn_scale * (self.attn(self.attn_norm(x), context) + self.mlp(self.mlp_norm(x)))",
        ),
        "an empty context handed on": ("self.attn_norm(x), context)", "self.attn_norm(x), Context(context.position))"),
    },
    "blocks.DeepNormBlock.__init__": {
        "super().__init__() forgotten": ("super().__init__(config)", "nn.Module.__init__(self)"),
        "super().__init__() without the configuration": ("super().__init__(config)", "super().__init__()"),
        "alpha forgotten": ("self.alpha = (2 * config.n_layer) ** 0.25", "pass"),
        "the square root": ("** 0.25", "** 0.5"),
        "the reciprocal": ("** 0.25", "** -0.25"),
        "beta instead": ("(2 * config.n_layer) ** 0.25", "(8 * config.n_layer) ** -0.25"),
        "8L": ("(2 * config.n_layer)", "(8 * config.n_layer)"),
        "only L": ("(2 * config.n_layer)", "config.n_layer"),
        "that of the encoder with a decoder": (
            "(2 * config.n_layer) ** 0.25",
            "0.81 * config.n_layer ** (5 / 16)",
        ),
        "a quarter, not the fourth root": ("(2 * config.n_layer) ** 0.25", "(2 * config.n_layer) * 0.25"),
        "by the number of heads": ("config.n_layer", "config.n_head"),
        "a learned alpha": (
            "self.alpha = (2 * config.n_layer) ** 0.25",
            "from torch import tensor\n\n        self.alpha = nn.Parameter(tensor((2 * config.n_layer) ** 0.25))",
        ),
        "attn_scale overwritten": ("self.alpha = ", "self.alpha = self.attn_scale = "),
    },
    "blocks.DeepNormBlock.forward": {
        "alpha on what is added": ("self.alpha * x + self.mlp(x)", "x + self.alpha * self.mlp(x)"),
        "alpha on what attention adds": (
            "self.alpha * x + self.attn_scale * self.attn(x, context)",
            "x + self.alpha * self.attn_scale * self.attn(x, context)",
        ),
        "alpha forgotten, first": ("self.alpha * x + self.attn_scale", "x + self.attn_scale"),
        "alpha forgotten, then": ("self.alpha * x + self.mlp(x)", "x + self.mlp(x)"),
        "alpha on the sum": ("self.alpha * x + self.mlp(x)", "self.alpha * (x + self.mlp(x))"),
        "divided by alpha": ("self.alpha * x + self.mlp(x)", "x / self.alpha + self.mlp(x)"),
        "the sublayer reads the larger stream too": (
            "self.alpha * x + self.mlp(x)",
            "self.alpha * x + self.mlp(self.alpha * x)",
        ),
        "residual outside the norm": (
            "self.mlp_norm(self.alpha * x + self.mlp(x))",
            "self.alpha * x + self.mlp_norm(self.mlp(x))",
        ),
        "pre-norm": (
            "x = self.attn_norm(self.alpha * x + self.attn_scale * self.attn(x, context))",
            "x = self.alpha * x + self.attn_scale * self.attn(self.attn_norm(x), context)\n"
            "        return self.alpha * x + self.mlp(self.mlp_norm(x))",
        ),
        "pre-norm as well": ("self.mlp(x)", "self.mlp(self.mlp_norm(x))"),
        "first norm forgotten": (
            "self.attn_norm(self.alpha * x + self.attn_scale * self.attn(x, context))",
            "self.alpha * x + self.attn_scale * self.attn(x, context)",
        ),
        "second norm forgotten": ("self.mlp_norm(self.alpha * x + self.mlp(x))", "self.alpha * x + self.mlp(x)"),
        "the norms swapped, first": ("self.attn_norm(", "self.mlp_norm("),
        "the norms swapped, then": ("self.mlp_norm(", "self.attn_norm("),
        "attn_scale forgotten": ("self.attn_scale * ", ""),
        "attn_scale on the MLP too": ("+ self.mlp(x)", "+ self.attn_scale * self.mlp(x)"),
        "attn_scale instead of alpha": ("self.alpha * x + self.attn_scale", "self.attn_scale * x + self.attn_scale"),
        "an empty context handed on": ("self.attn(x, context)", "self.attn(x, Context(context.position))"),
    },
}
