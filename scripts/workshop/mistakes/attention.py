"""Mistakes in attention.py."""

MISTAKES = {
    "attention.FullWidthNorm.forward": {
        "normed head by head": (
            "self.norm(x.flatten(-2)).unflatten(-1, x.shape[-2:])",
            "nn.functional.rms_norm(x, x.shape[-1:], eps=self.norm.eps) * self.norm.weight.view(x.shape[-2:])",
        ),
        "normed over the heads only": (
            "self.norm(x.flatten(-2)).unflatten(-1, x.shape[-2:])",
            "x * (x.pow(2).mean(dim=-2, keepdim=True) + self.norm.eps).rsqrt() * self.norm.weight.view(x.shape[-2:])",
        ),
        "normed over the tokens": (
            "self.norm(x.flatten(-2)).unflatten(-1, x.shape[-2:])",
            "self.norm(x.transpose(1, 2).flatten(-2)).unflatten(-1, (x.size(1), x.size(3))).transpose(1, 2)",
        ),
        "normed over a whole sequence": (
            "self.norm(x.flatten(-2)).unflatten(-1, x.shape[-2:])",
            "nn.functional.rms_norm(x, x.shape[1:], eps=self.norm.eps) * self.norm.weight.view(x.shape[-2:])",
        ),
        "heads not laid side by side": ("self.norm(x.flatten(-2)).unflatten(-1, x.shape[-2:])", "self.norm(x)"),
        "not split into heads again": (".unflatten(-1, x.shape[-2:])", ""),
        "numbers and heads swapped": ("x.flatten(-2)", "x.mT.flatten(-2)"),
        "split into heads of another size": ("x.shape[-2:]", "(x.size(-1), x.size(-2))"),
        "numbers by heads, not heads by numbers": (
            ".unflatten(-1, x.shape[-2:])",
            ".unflatten(-1, (x.size(-1), x.size(-2))).mT",
        ),
        "normed twice": ("self.norm(x.flatten(-2))", "self.norm(self.norm(x.flatten(-2)))"),
        "the norm's weights forgotten": (
            "self.norm(x.flatten(-2))",
            "nn.functional.rms_norm(x.flatten(-2), (x[0, 0].numel(),), eps=self.norm.eps)",
        ),
        "nothing normed": ("self.norm(x.flatten(-2)).unflatten(-1, x.shape[-2:])", "x"),
        "what came in added": ("return self.norm", "return x + self.norm"),
        "result widened": ("x.flatten(-2)", "x.flatten(-2).float()"),
        "gradient cut": ("x.flatten(-2)", "x.detach().flatten(-2)"),
        "input changed in place": ("x.flatten(-2)", "x.mul_(2).flatten(-2)"),
    },
    "attention.CausalSelfAttention.__init__": {
        "super().__init__() forgotten": ("super().__init__()", "pass"),
        "queries with a bias": (
            "self.q_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim, bias=config.bias)",
            "self.q_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim)",
        ),
        "queries without the bias": (
            "self.q_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim, bias=config.bias)",
            "self.q_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim, bias=False)",
        ),
        "keys without the bias, as in Whisper": (
            "self.k_proj = nn.Linear(config.n_embd, config.n_kv_head * config.head_dim, bias=config.bias)",
            "self.k_proj = nn.Linear(config.n_embd, config.n_kv_head * config.head_dim, bias=False)",
        ),
        "values without the bias": (
            "self.v_proj = nn.Linear(config.n_embd, config.n_kv_head * config.head_dim, bias=config.bias)",
            "self.v_proj = nn.Linear(config.n_embd, config.n_kv_head * config.head_dim, bias=False)",
        ),
        "output with a bias": (
            "config.head_dim, config.n_embd, bias=config.bias)",
            "config.head_dim, config.n_embd)",
        ),
        "output without the bias, as in Qwen": (
            "config.head_dim, config.n_embd, bias=config.bias)",
            "config.head_dim, config.n_embd, bias=False)",
        ),
        "queries as wide as the stream": (
            "self.q_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim",
            "self.q_proj = nn.Linear(config.n_embd, config.n_embd",
        ),
        "output from the width of the stream": (
            "self.o_proj = nn.Linear(config.n_head * config.head_dim",
            "self.o_proj = nn.Linear(config.n_embd",
        ),
        "as many key heads as query heads": (
            "self.k_proj = nn.Linear(config.n_embd, config.n_kv_head",
            "self.k_proj = nn.Linear(config.n_embd, config.n_head",
        ),
        "as many value heads as query heads": (
            "self.v_proj = nn.Linear(config.n_embd, config.n_kv_head",
            "self.v_proj = nn.Linear(config.n_embd, config.n_head",
        ),
        "as few query heads as key heads": (
            "self.q_proj = nn.Linear(config.n_embd, config.n_head",
            "self.q_proj = nn.Linear(config.n_embd, config.n_kv_head",
        ),
        "keys of one head's width": (
            "self.k_proj = nn.Linear(config.n_embd, config.n_kv_head * config.head_dim",
            "self.k_proj = nn.Linear(config.n_embd, config.head_dim",
        ),
        "values from the keys' projection": (
            "self.v_proj = nn.Linear(config.n_embd, config.n_kv_head * config.head_dim, bias=config.bias)",
            "self.v_proj = self.k_proj",
        ),
        "output projection under another name": ("self.o_proj", "self.out_proj"),
        "n_kv_head is n_head": ("self.n_kv_head = config.n_kv_head", "self.n_kv_head = config.n_head"),
        "head_dim by key/value heads": (
            "self.head_dim = config.head_dim",
            "self.head_dim = config.n_embd // config.n_kv_head",
        ),
        "head_dim not kept": ("self.head_dim = config.head_dim", "pass"),
        "head_dim as the width by the heads": (
            "self.head_dim = config.head_dim",
            "self.head_dim = config.n_embd // config.n_head",
        ),
        "scale of its own ignored": (
            "config.head_dim**-0.5 if config.score_scale is None else config.score_scale",
            "config.head_dim**-0.5",
        ),
        "scale of its own with the root too": (
            "config.head_dim**-0.5 if config.score_scale is None else config.score_scale",
            "config.head_dim**-0.5 * (config.score_scale or 1.0)",
        ),
        "scale of its own taken for a head size": (
            "if config.score_scale is None else config.score_scale",
            "if config.score_scale is None else config.score_scale**-0.5",
        ),
        "scale None where none is given": (
            "config.head_dim**-0.5 if config.score_scale is None else config.score_scale",
            "config.score_scale",
        ),
        "scale the root itself": ("config.head_dim**-0.5 if", "config.head_dim**0.5 if"),
        "scale without the root": ("config.head_dim**-0.5 if", "config.head_dim**-1.0 if"),
        "scale by the width over the heads": ("config.head_dim**-0.5 if", "(config.n_embd / config.n_head)**-0.5 if"),
        "scale not kept": (
            "self.scale = config.head_dim**-0.5 if config.score_scale is None else config.score_scale",
            "pass",
        ),
        "norm of the keys for as many heads as queries": (
            "self.k_norm = build_qk_norm(config, config.n_kv_head)",
            "self.k_norm = build_qk_norm(config, config.n_head)",
        ),
        "norm of the queries for as few heads as keys": (
            "self.q_norm = build_qk_norm(config, config.n_head)",
            "self.q_norm = build_qk_norm(config, config.n_kv_head)",
        ),
        "one norm for queries and keys": (
            "self.k_norm = build_qk_norm(config, config.n_kv_head)",
            "self.k_norm = self.q_norm",
        ),
        "norm of the queries forgotten": ("self.q_norm = build_qk_norm(config, config.n_head)", "pass"),
        "norm of the keys nothing": (
            "self.k_norm = build_qk_norm(config, config.n_kv_head)",
            "self.k_norm = nn.Identity()",
        ),
        "norm of the queries always by head": (
            "self.q_norm = build_qk_norm(config, config.n_head)",
            "self.q_norm = NORMS[config.qk_normalization](config.head_dim, config.norm_eps)",
        ),
        "norm of the queries of the blocks' kind": (
            "self.q_norm = build_qk_norm(config, config.n_head)",
            "self.q_norm = QK_NORMS[config.qk_norm](\n"
            "            lambda dim: NORMS[config.normalization](dim, config.norm_eps),\n"
            "            config.n_head,\n"
            "            config.head_dim,\n"
            "        )",
        ),
        "eps of the QK norm left at 1e-6": (
            "self.k_norm = build_qk_norm(config, config.n_kv_head)",
            "self.k_norm = QK_NORMS[config.qk_norm](\n"
            "            lambda dim: NORMS[config.qk_normalization](dim, 1e-6), config.n_kv_head, config.head_dim\n"
            "        )",
        ),
        "a norm for the values too": (
            "self.k_norm = build_qk_norm(config, config.n_kv_head)",
            "self.k_norm, self.v_norm = (build_qk_norm(config, config.n_kv_head) for _ in range(2))",
        ),
        "place of the QK norm not kept": ("self.qk_norm_after_rotary = config.qk_norm_after_rotary", "pass"),
        "place of the QK norm hard-coded": (
            "self.qk_norm_after_rotary = config.qk_norm_after_rotary",
            "self.qk_norm_after_rotary = True",
        ),
        "place of the QK norm the other one": (
            "self.qk_norm_after_rotary = config.qk_norm_after_rotary",
            "self.qk_norm_after_rotary = not config.qk_norm_after_rotary",
        ),
        "backend not created": ("self.backend = build_backend(config)", "pass"),
        "backend by its name": ("self.backend = build_backend(config)", "self.backend = config.attention_backend"),
        "the same backend always": (
            "self.backend = build_backend(config)",
            "from .backends import manual_attention\n\n        self.backend = manual_attention",
        ),
        "backend not asked whether it can": (
            "self.backend = build_backend(config)",
            "from .backends import BACKENDS\n\n        self.backend = BACKENDS[config.attention_backend]",
        ),
        "soft cap not kept": ("self.softcap = config.attention_softcap", "pass"),
        "soft cap never": ("self.softcap = config.attention_softcap", "self.softcap = None"),
        "soft cap of the logits": ("self.softcap = config.attention_softcap", "self.softcap = config.logit_softcap"),
        "soft cap of zero where there is none": (
            "self.softcap = config.attention_softcap",
            "self.softcap = config.attention_softcap or 0.0",
        ),
        "sinks forgotten": (
            "self.sinks = nn.Parameter(torch.zeros(config.n_head)) if config.attention_sinks else None",
            "pass",
        ),
        "sinks always": (" if config.attention_sinks else None", ""),
        "sinks never": ("nn.Parameter(torch.zeros(config.n_head)) if config.attention_sinks else None", "None"),
        "sinks the wrong way round": ("if config.attention_sinks else", "if not config.attention_sinks else"),
        "sinks not learned": ("nn.Parameter(torch.zeros(config.n_head))", "torch.zeros(config.n_head)"),
        "sinks of ones": ("torch.zeros(config.n_head)", "torch.ones(config.n_head)"),
        "sinks of minus infinity": ("torch.zeros(config.n_head)", "torch.full((config.n_head,), -1e9)"),
        "sinks drawn": ("torch.zeros(config.n_head)", "torch.randn(config.n_head)"),
        "sinks for the key/value heads": ("torch.zeros(config.n_head)", "torch.zeros(config.n_kv_head)"),
        "one sink for all heads": ("torch.zeros(config.n_head)", "torch.zeros(1)"),
        "sinks of the size of a head": ("torch.zeros(config.n_head)", "torch.zeros(config.n_head, config.head_dim)"),
        "sinks with axes for queries and keys": ("torch.zeros(config.n_head)", "torch.zeros(config.n_head, 1, 1)"),
        "gate forgotten": ("if config.attention_gate:", "if False:"),
        "gate always": ("if config.attention_gate:", "if True:"),
        "gate the wrong way round": ("if config.attention_gate:", "if not config.attention_gate:"),
        "gate not set where there is none": ("        self.gate_proj = None\n", ""),
        "gate of nothing where there is none": ("self.gate_proj = None", "self.gate_proj = nn.Identity()"),
        "gate without the bias": (
            "self.gate_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim, bias=config.bias)",
            "self.gate_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim, bias=False)",
        ),
        "gate with a bias": (
            "self.gate_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim, bias=config.bias)",
            "self.gate_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim)",
        ),
        "gate as wide as the stream": (
            "self.gate_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim",
            "self.gate_proj = nn.Linear(config.n_embd, config.n_embd",
        ),
        "gate as wide as keys": (
            "self.gate_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim",
            "self.gate_proj = nn.Linear(config.n_embd, config.n_kv_head * config.head_dim",
        ),
        "gate with one number for each head": (
            "self.gate_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim",
            "self.gate_proj = nn.Linear(config.n_embd, config.n_head",
        ),
        "gate's projection that of the queries": (
            "self.gate_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim, bias=config.bias)",
            "self.gate_proj = self.q_proj",
        ),
        "gate with a sigmoid in it": (
            "self.gate_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim, bias=config.bias)",
            "gate = nn.Linear(config.n_embd, config.n_head * config.head_dim, bias=config.bias)\n"
            "            self.gate_proj = nn.Sequential(gate, nn.Sigmoid())",
        ),
        "dropout not created": ("self.dropout = nn.Dropout(config.dropout)", "pass"),
        "dropout left at its default": ("self.dropout = nn.Dropout(config.dropout)", "self.dropout = nn.Dropout()"),
        "dropout as a number": ("self.dropout = nn.Dropout(config.dropout)", "self.dropout = config.dropout"),
    },
    "attention.CausalSelfAttention.forward": {
        "heads laid under each other, not side by side": (
            "self.attend(query, key, value, context).flatten(2)",
            "self.attend(query, key, value, context).transpose(1, 2).reshape(B, T, -1)",
        ),
        "numbers by heads, not heads by numbers": (
            "self.attend(query, key, value, context).flatten(2)",
            "self.attend(query, key, value, context).mT.flatten(2)",
        ),
        "heads added, not laid side by side": (
            "self.attend(query, key, value, context).flatten(2)",
            "self.attend(query, key, value, context).sum(dim=2).repeat(1, 1, self.n_head)",
        ),
        "heads left apart": (
            "self.attend(query, key, value, context).flatten(2)",
            "out = self.attend(query, key, value, context)",
        ),
        "heads in front": (
            "out = self.attend(query, key, value, context)",
            "found = self.attend(*(y.transpose(1, 2) for y in (query, key, value)), context)\n"
            "        out = found.transpose(1, 2)",
        ),
        "queries split into heads by a view, with the heads in front": (
            "query = self.q_proj(x).view(B, T, self.n_head, self.head_dim)",
            "query = self.q_proj(x).view(B, self.n_head, T, self.head_dim).transpose(1, 2)",
        ),
        "keys split into heads by a view, with the heads in front": (
            "key = self.k_proj(x).view(B, T, self.n_kv_head, self.head_dim)",
            "key = self.k_proj(x).view(B, self.n_kv_head, T, self.head_dim).transpose(1, 2)",
        ),
        "numbers of a head by heads": (
            "query = self.q_proj(x).view(B, T, self.n_head, self.head_dim)",
            "query = self.q_proj(x).view(B, T, self.head_dim, self.n_head).transpose(2, 3)",
        ),
        "keys and values repeated here": (
            "out = self.attend(query, key, value, context)",
            "group = self.n_head // self.n_kv_head\n"
            "        key, value = (y.repeat_interleave(group, dim=2) for y in (key, value))\n"
            "        out = self.attend(query, key, value, context)",
        ),
        "keys repeated here, the wrong way": (
            "out = self.attend(query, key, value, context)",
            "key = key.repeat(1, 1, self.n_head // self.n_kv_head, 1)\n"
            "        value = value.repeat(1, 1, self.n_head // self.n_kv_head, 1)\n"
            "        out = self.attend(query, key, value, context)",
        ),
        "attention of the class, not of the kind": (
            "out = self.attend(",
            "out = CausalSelfAttention.attend(self, ",
        ),
        "queries for keys": (
            "out = self.attend(query, key,",
            "out = self.attend(query, query[:, :, : self.n_kv_head],",
        ),
        "keys for values": (
            "out = self.attend(query, key, value,",
            "out = self.attend(query, key, key,",
        ),
        "values for keys": (
            "out = self.attend(query, key, value,",
            "out = self.attend(query, value, value,",
        ),
        "queries and keys swapped": (
            "out = self.attend(query, key, value,",
            "out = self.attend(key, query, value,",
        ),
        "scaled here too": (
            "out = self.attend(query,",
            "out = self.attend(query * self.scale,",
        ),
        "an empty context handed on": ("value, context).flatten(2)", "value, Context(context.position)).flatten(2)"),
        "context without its cache": ("value, context).flatten(2)", "value, context._replace(cache=None)).flatten(2)"),
        "context without its window": (
            "value, context).flatten(2)",
            "value, context._replace(window=None)).flatten(2)",
        ),
        "context without its bias": ("value, context).flatten(2)", "value, context._replace(bias=None)).flatten(2)"),
        "context without its layer": ("value, context).flatten(2)", "value, context._replace(layer=0)).flatten(2)"),
        "positions from zero on": (
            "value, context).flatten(2)",
            "value, context._replace(position=torch.arange(T))).flatten(2)",
        ),
        "recalled here and in attend": (
            "out = self.attend(query, key, value, context)",
            "_, key, value = context.recall(key, value)\n"
            "        key, value = key[:, -T:], value[:, -T:]\n"
            "        out = self.attend(query, key, value, context)",
        ),
        "attended twice": (
            "out = self.attend(query, key, value, context)",
            "out = self.attend(query, key, value, context)\n"
            "        out = self.attend(out[..., : self.head_dim].contiguous(), key, value, context)",
        ),
        "a gate in any case": ("if self.gate_proj is not None:", "if True:"),
        "gate forgotten": ("if self.gate_proj is not None:", "if False:"),
        "gate without the sigmoid": ("torch.sigmoid(self.gate_proj(x))", "self.gate_proj(x)"),
        "gate by tanh": ("torch.sigmoid(", "torch.tanh("),
        "gate by SiLU": ("torch.sigmoid(", "nn.functional.silu("),
        "gate by a softmax": ("torch.sigmoid(self.gate_proj(x))", "self.gate_proj(x).softmax(dim=-1)"),
        "gate of one minus the sigmoid": ("torch.sigmoid(self", "1 - torch.sigmoid(self"),
        "gate of twice the sigmoid": ("torch.sigmoid(self", "2 * torch.sigmoid(self"),
        "gate added": ("out * torch", "out + torch"),
        "gate of what was found": ("torch.sigmoid(self.gate_proj(x))", "torch.sigmoid(out)"),
        "gate one for each head": (
            "torch.sigmoid(self.gate_proj(x))",
            "torch.sigmoid(self.gate_proj(x))[..., :: self.head_dim].repeat_interleave(self.head_dim, dim=-1)",
        ),
        "gate one for each token": (
            "torch.sigmoid(self.gate_proj(x))",
            "torch.sigmoid(self.gate_proj(x)).mean(dim=-1, keepdim=True)",
        ),
        "gate on the queries": (
            "            out = out * torch.sigmoid(self.gate_proj(x))",
            "            query = (query.flatten(2) * torch.sigmoid(self.gate_proj(x))).view_as(query)\n"
            "            out = self.attend(query, key, value, context).flatten(2)",
        ),
        "gate behind the output projection": (
            "            out = out * torch.sigmoid(self.gate_proj(x))",
            "            gate = torch.sigmoid(self.gate_proj(x))[..., : x.size(-1)]\n"
            "            return self.dropout(self.o_proj(out) * gate)",
        ),
        "gate on the residual stream": (
            "            out = out * torch.sigmoid(self.gate_proj(x))",
            "            out = out + self.gate_proj(x)",
        ),
        "gate's projection taken for the queries'": (
            "torch.sigmoid(self.gate_proj(x))",
            "torch.sigmoid(self.q_proj(x))",
        ),
        "gate cut from the gradient": ("torch.sigmoid(self.gate_proj(x))", "torch.sigmoid(self.gate_proj(x)).detach()"),
        "gate in float32": ("torch.sigmoid(self.gate_proj(x))", "torch.sigmoid(self.gate_proj(x).float())"),
        "no QK norm after the rotation": ("if self.qk_norm_after_rotary:", "if False:"),
        "no QK norm before the rotation": ("if not self.qk_norm_after_rotary:", "if False:"),
        "QK norm after the rotation in any case": ("if self.qk_norm_after_rotary:", "if True:"),
        "QK norm before the rotation in any case": ("if not self.qk_norm_after_rotary:", "if True:"),
        "QK norm in both places or in none": ("if not self.qk_norm_after_rotary:", "if self.qk_norm_after_rotary:"),
        "places of the QK norm swapped": (
            "if not self.qk_norm_after_rotary:\n"
            "            query, key = self.q_norm(query), self.k_norm(key)\n"
            "        # Tell queries and keys their positions. Values carry content only and are left alone.\n"
            "        query, key = context.rotate(query), context.rotate(key)\n"
            "        # ... or after it. A turn keeps lengths, so without weights for every number "
            "it makes no difference.\n"
            "        if self.qk_norm_after_rotary:\n",
            "if self.qk_norm_after_rotary:\n"
            "            query, key = self.q_norm(query), self.k_norm(key)\n"
            "        query, key = context.rotate(query), context.rotate(key)\n"
            "        if not self.qk_norm_after_rotary:\n",
        ),
        "queries not normalised": (
            "if self.qk_norm_after_rotary:\n            query, key = self.q_norm(query), self.k_norm(key)",
            "if self.qk_norm_after_rotary:\n            key = self.k_norm(key)",
        ),
        "queries not normalised before the rotation": (
            "if not self.qk_norm_after_rotary:\n            query, key = self.q_norm(query), self.k_norm(key)",
            "if not self.qk_norm_after_rotary:\n            key = self.k_norm(key)",
        ),
        "keys not normalised": (
            "if self.qk_norm_after_rotary:\n            query, key = self.q_norm(query), self.k_norm(key)",
            "if self.qk_norm_after_rotary:\n            query = self.q_norm(query)",
        ),
        "queries' norm for the keys too": (
            "if self.qk_norm_after_rotary:\n            query, key = self.q_norm(query), self.k_norm(key)",
            "if self.qk_norm_after_rotary:\n            query, key = self.q_norm(query), self.q_norm(key)",
        ),
        "keys' norm for the queries before the rotation": (
            "if not self.qk_norm_after_rotary:\n            query, key = self.q_norm(query), self.k_norm(key)",
            "if not self.qk_norm_after_rotary:\n            query, key = self.k_norm(query), self.k_norm(key)",
        ),
        "normed with the heads in front": (
            "if not self.qk_norm_after_rotary:\n            query, key = self.q_norm(query), self.k_norm(key)",
            "if not self.qk_norm_after_rotary:\n"
            "            query, key = self.q_norm(query.transpose(1, 2)), self.k_norm(key.transpose(1, 2))\n"
            "            query, key = query.transpose(1, 2), key.transpose(1, 2)",
        ),
        "QK norm over all heads at once": (
            "if self.qk_norm_after_rotary:\n            query, key = self.q_norm(query),",
            "if self.qk_norm_after_rotary:\n            query, key = self.q_norm(query.flatten(2)).view_as(query),",
        ),
        "QK norm to length one": (
            "if self.qk_norm_after_rotary:\n            query, key = self.q_norm(query), self.k_norm(key)",
            "if self.qk_norm_after_rotary:\n"
            "            query, key = (nn.functional.normalize(y, dim=-1) for y in (query, key))",
        ),
        "QK norm without its weights": (
            "if self.qk_norm_after_rotary:\n            query, key = self.q_norm(query), self.k_norm(key)",
            "if self.qk_norm_after_rotary:\n"
            "            eps = self.q_norm.eps\n"
            "            query, key = (nn.functional.rms_norm(y, y.shape[-1:], eps=eps) for y in (query, key))",
        ),
        "values normalised too": (
            "if self.qk_norm_after_rotary:\n            query, key = self.q_norm(query), self.k_norm(key)",
            "if self.qk_norm_after_rotary:\n"
            "            query, key, value = self.q_norm(query), self.k_norm(key), self.k_norm(value)",
        ),
        "keys normed after they are repeated": (
            "if not self.qk_norm_after_rotary:\n            query, key = self.q_norm(query), self.k_norm(key)",
            "if not self.qk_norm_after_rotary:\n"
            "            query, key = self.q_norm(query), self.k_norm(key.repeat_interleave(2, dim=2))[:, :, ::2]",
        ),
        "no rotation": ("query, key = context.rotate(query), context.rotate(key)", "pass"),
        "keys not rotated": ("context.rotate(query), context.rotate(key)", "context.rotate(query), key"),
        "queries not rotated": ("context.rotate(query), context.rotate(key)", "query, context.rotate(key)"),
        "values rotated too": (
            "query, key = context.rotate(query), context.rotate(key)",
            "query, key, value = context.rotate(query), context.rotate(key), context.rotate(value)",
        ),
        "rotated twice": (
            "context.rotate(query), context.rotate(key)",
            "context.rotate(context.rotate(query)), context.rotate(key)",
        ),
        "tables taken for granted": (
            "query, key = context.rotate(query), context.rotate(key)",
            "from .positions import apply_rotary\n"
            "        query, key = (apply_rotary(y, context.cos, context.sin) for y in (query, key))",
        ),
        "pairs of neighbours not thought of": (
            "context.rotate(query), context.rotate(key)",
            "(context._replace(interleaved=False).rotate(y) for y in (query, key))",
        ),
        "cosines and sines swapped": (
            "context.rotate(query), context.rotate(key)",
            "context._replace(cos=context.sin, sin=context.cos).rotate(query), context.rotate(key)",
        ),
        "queries turned backwards": (
            "context.rotate(query), context.rotate(key)",
            "context._replace(sin=None if context.sin is None else -context.sin).rotate(query), context.rotate(key)",
        ),
        "keys from the values' projection": ("key = self.k_proj(x)", "key = self.v_proj(x)"),
        "values from the keys' projection": ("value = self.v_proj(x)", "value = self.k_proj(x)"),
        "output projection forgotten": ("self.dropout(self.o_proj(out))", "self.dropout(out)"),
        "residual added here too": ("return self.dropout(", "return x + self.dropout("),
        "input normalised here too": (
            "B, T, _ = x.shape",
            "x = nn.functional.rms_norm(x, x.shape[-1:])\n        B, T, _ = x.shape",
        ),
        "heads joined to the width of the stream": (".flatten(2)", ".reshape(x.shape)"),
        "dropout of the result forgotten": ("self.dropout(self.o_proj(out))", "self.o_proj(out)"),
        "dropout before the output projection, not behind it": (
            "self.dropout(self.o_proj(out))",
            "self.o_proj(self.dropout(out))",
        ),
        "dropout of the result in evaluation too": (
            "self.dropout(self.o_proj(out))",
            "nn.functional.dropout(self.o_proj(out), self.dropout.p)",
        ),
        "dropout of what was found, and of the result": (
            "self.dropout(self.o_proj(out))",
            "self.dropout(self.o_proj(self.dropout(out)))",
        ),
        "dropout of the queries": (
            "out = self.attend(query,",
            "out = self.attend(self.dropout(query),",
        ),
        "dropout of the values": ("value, context).flatten(2)", "self.dropout(value), context).flatten(2)"),
        "dropout of the input": ("B, T, _ = x.shape", "B, T, _ = x.shape\n        x = self.dropout(x)"),
        "dropout twice": ("self.dropout(self.o_proj(out))", "self.dropout(self.dropout(self.o_proj(out)))"),
        "gradient cut at what was found": ("self.o_proj(out)", "self.o_proj(out.detach())"),
        "gradient cut at the keys": (
            "context.rotate(query), context.rotate(key)",
            "context.rotate(query), context.rotate(key.detach())",
        ),
        "gradient cut at the queries' norm": (
            "if self.qk_norm_after_rotary:\n            query, key = self.q_norm(query),",
            "if self.qk_norm_after_rotary:\n            query, key = self.q_norm(query).detach(),",
        ),
        "result widened": ("self.dropout(self.o_proj(out))", "self.dropout(self.o_proj(out)).float()"),
        "input changed in place": ("B, T, _ = x.shape", "B, T, _ = x.mul_(1.5).shape"),
        "rotated with the heads in front": (
            "context.rotate(query), context.rotate(key)",
            "(context.rotate(y.transpose(1, 2)).transpose(1, 2) for y in (query, key))",
        ),
        "output of the call before added": (
            "out = self.attend(query, key, value, context).flatten(2)",
            'out = self.attend(query, key, value, context).flatten(2) + getattr(self, "before", 0)\n'
            "        self.before = out.detach().mean()",
        ),
    },
    "attention.DifferentialAttention.__init__": {
        "super().__init__() forgotten": ("super().__init__(config)", "nn.Module.__init__(self)"),
        "super().__init__() without the configuration": ("super().__init__(config)", "super().__init__()"),
        "odd numbers of heads let through": ("if config.n_kv_head % 2:", "if False:"),
        "even numbers of heads refused": ("if config.n_kv_head % 2:", "if config.n_kv_head % 2 == 0:"),
        "query heads asked, not key heads": ("if config.n_kv_head % 2:", "if config.n_head % 2:"),
        "only a single head refused": ("if config.n_kv_head % 2:", "if config.n_kv_head == 1:"),
        "another error raised": ("raise ValueError(", "raise AssertionError("),
        "the number not named": ('f"n_kv_head = {config.n_kv_head}: differential', '"n_kv_head: differential'),
        "eps not kept": ("self.norm_eps = config.norm_eps", "pass"),
        "eps hard-coded": ("self.norm_eps = config.norm_eps", "self.norm_eps = 1e-5"),
        "shares of normal size": ("0.1 * torch.randn", "torch.randn"),
        "shares ten times too small": ("0.1 * torch.randn", "0.01 * torch.randn"),
        "shares by the root of the size": (
            "0.1 * torch.randn(config.head_dim)",
            "torch.randn(config.head_dim) * config.head_dim**-0.5",
        ),
        "shares of zeros": ("0.1 * torch.randn(config.head_dim)", "torch.zeros(config.head_dim)"),
        "shares of ones": ("0.1 * torch.randn(config.head_dim)", "torch.ones(config.head_dim)"),
        "shares all a tenth": ("0.1 * torch.randn(config.head_dim)", "torch.full((config.head_dim,), 0.1)"),
        "shares uniform": ("0.1 * torch.randn", "0.1 * torch.rand"),
        "shares uniform, of the right spread": (
            "0.1 * torch.randn(config.head_dim)",
            "0.1 * 12**0.5 * (torch.rand(config.head_dim) - 0.5)",
        ),
        "0.1 taken for a variance": ("0.1 * torch.randn", "0.1**0.5 * torch.randn"),
        "one share for all four": (
            '        for name in ("share_q1", "share_k1", "share_q2", "share_k2"):\n'
            "            setattr(self, name, nn.Parameter(0.1 * torch.randn(config.head_dim)))",
            "        share = 0.1 * torch.randn(config.head_dim)\n"
            '        for name in ("share_q1", "share_k1", "share_q2", "share_k2"):\n'
            "            setattr(self, name, nn.Parameter(share.clone()))",
        ),
        "one parameter for all four": (
            '        for name in ("share_q1", "share_k1", "share_q2", "share_k2"):\n'
            "            setattr(self, name, nn.Parameter(0.1 * torch.randn(config.head_dim)))",
            "        share = nn.Parameter(0.1 * torch.randn(config.head_dim))\n"
            '        for name in ("share_q1", "share_k1", "share_q2", "share_k2"):\n'
            "            setattr(self, name, share)",
        ),
        "two shares only": ('("share_q1", "share_k1", "share_q2", "share_k2")', '("share_q1", "share_k1")'),
        "shares under other names, as in the paper": (
            "setattr(self, name,",
            'setattr(self, name.replace("share", "lambda"),',
        ),
        "shares that are not learned": (
            "nn.Parameter(0.1 * torch.randn(config.head_dim))",
            "0.1 * torch.randn(config.head_dim)",
        ),
        "shares for every head": ("torch.randn(config.head_dim)", "torch.randn(config.n_head, config.head_dim)"),
        "shares of all heads together": (
            "torch.randn(config.head_dim)",
            "torch.randn(config.n_head * config.head_dim)",
        ),
        "shares of half a head": ("torch.randn(config.head_dim)", "torch.randn(config.head_dim // 2)"),
        "shares by the width over the heads": (
            "torch.randn(config.head_dim)",
            "torch.randn(config.n_embd // config.n_head)",
        ),
        "shares of one number": ("torch.randn(config.head_dim)", "torch.randn(1)"),
        "a norm with weights": (
            "self.norm_eps = config.norm_eps",
            "self.norm_eps = config.norm_eps\n        self.norm = nn.RMSNorm(2 * config.head_dim)",
        ),
        "twice as many heads": (
            "super().__init__(config)",
            "super().__init__(replace(config, n_head=2 * config.n_head, n_kv_head=2 * config.n_kv_head))",
        ),
    },
    "attention.DifferentialAttention.attend": {
        # The values.
        "values not paired": (
            "value = torch.cat((first, second), dim=-1).repeat(1, 1, 2, 1)",
            "value = torch.cat((value, value), dim=-1)",
        ),
        "values not paired, and of their own size": (
            "value = torch.cat((first, second), dim=-1).repeat(1, 1, 2, 1)",
            "pass",
        ),
        "neighbours paired": (
            "first, second = value.chunk(2, dim=2)",
            "first, second = value[:, :, 0::2], value[:, :, 1::2]",
        ),
        "second half in front": ("(first, second), dim=-1)", "(second, first), dim=-1)"),
        "first half twice": ("(first, second), dim=-1)", "(first, first), dim=-1)"),
        "half as large, not twice": ("torch.cat((first, second), dim=-1)", "((first + second) / 2).repeat(1, 1, 1, 2)"),
        "split along the tokens": ("value.chunk(2, dim=2)", "value.chunk(2, dim=1)"),
        "split along the numbers": ("value.chunk(2, dim=2)", "value.chunk(2, dim=3)"),
        "joined along the heads": (
            "torch.cat((first, second), dim=-1).repeat(1, 1, 2, 1)",
            "torch.cat((first, second), dim=2).repeat(1, 1, 1, 2)",
        ),
        "pairs not shared by both halves": (".repeat(1, 1, 2, 1)", ""),
        "every pair twice in a row": (".repeat(1, 1, 2, 1)", ".repeat_interleave(2, dim=2)"),
        "pairs in reverse for the second half": (
            ".repeat(1, 1, 2, 1)",
            "\n        value = torch.cat((value, value.flip(2)), dim=2)",
        ),
        "numbers of a pair alternate": (
            "torch.cat((first, second), dim=-1)",
            "torch.stack((first, second), dim=-1).flatten(-2)",
        ),
        # The two halves.
        "even and odd heads": (
            "signal, noise = super().attend(query, key, value, context).chunk(2, dim=2)",
            "found = super().attend(query, key, value, context)\n"
            "        signal, noise = found[:, :, 0::2], found[:, :, 1::2]",
        ),
        "halves swapped": ("signal, noise = super()", "noise, signal = super()"),
        "halves of the numbers": ("context).chunk(2, dim=2)", "context).repeat(1, 1, 1, 2).chunk(2, dim=3)"),
        "halves of the tokens": ("context).chunk(2, dim=2)", "context).chunk(2, dim=1)"),
        "the first half looks twice": (
            "noise = super().attend(query, key, value, context)",
            "noise = super().attend(query[:, :, : query.size(2) // 2].repeat(1, 1, 2, 1), key, value, context)",
        ),
        "keys of the first half for both": (
            "noise = super().attend(query, key, value, context)",
            "noise = super().attend(query, key[:, :, : key.size(2) // 2].repeat(1, 1, 2, 1), value, context)",
        ),
        "the noise's queries from the signal's": (
            "# How much of the second is taken off",
            "noise = signal\n        #",
        ),
        "nothing handed on of the context": ("value, context).chunk", "value, Context(context.position)).chunk"),
        "the cache forgotten": ("value, context).chunk", "value, context._replace(cache=None)).chunk"),
        # The share.
        "layers counted from 1": ("* context.layer)", "* (context.layer + 1))"),
        "layers counted from 1, as the paper does, and one taken off": ("* context.layer)", "* (context.layer - 1))"),
        "the layer forgotten": (" * context.layer)", ")"),
        "layer of zero for all": ("* context.layer", "* 0"),
        "base without the exponential": ("math.exp(-0.3 * context.layer)", "(-0.3 * context.layer)"),
        "base that falls with the depth": ("math.exp(-0.3 * context.layer)", "math.exp(0.3 * context.layer)"),
        "base always 0.8": ("0.8 - 0.6 * math.exp(-0.3 * context.layer)", "0.8"),
        "base that starts at 0.6": ("0.8 - 0.6 *", "0.6 - 0.8 *"),
        "base added to 0.8": ("0.8 - 0.6", "0.8 + 0.6"),
        "share without the base": (" + base\n", "\n"),
        "base subtracted": ("torch.exp(q2 @ k2) + base", "torch.exp(q2 @ k2) - base"),
        "share of the base only": ("torch.exp(q1 @ k1) - torch.exp(q2 @ k2) + base", "torch.tensor(base)"),
        "share times the base": (
            "torch.exp(q1 @ k1) - torch.exp(q2 @ k2) + base",
            "(torch.exp(q1 @ k1) - torch.exp(q2 @ k2)) * base",
        ),
        "share without exponentials": ("torch.exp(q1 @ k1) - torch.exp(q2 @ k2)", "q1 @ k1 - q2 @ k2"),
        "one exponential of the difference": (
            "torch.exp(q1 @ k1) - torch.exp(q2 @ k2)",
            "torch.exp(q1 @ k1 - q2 @ k2)",
        ),
        "exponentials added": ("torch.exp(q1 @ k1) - torch", "torch.exp(q1 @ k1) + torch"),
        "exponentials the wrong way round": (
            "torch.exp(q1 @ k1) - torch.exp(q2 @ k2)",
            "torch.exp(q2 @ k2) - torch.exp(q1 @ k1)",
        ),
        "queries with queries, keys with keys": (
            "torch.exp(q1 @ k1) - torch.exp(q2 @ k2)",
            "torch.exp(q1 @ q2) - torch.exp(k1 @ k2)",
        ),
        "crosswise": ("torch.exp(q1 @ k1) - torch.exp(q2 @ k2)", "torch.exp(q1 @ k2) - torch.exp(q2 @ k1)"),
        "a share for every number": (
            "torch.exp(q1 @ k1) - torch.exp(q2 @ k2)",
            "torch.exp(q1 * k1).repeat(2) - torch.exp(q2 * k2).repeat(2)",
        ),
        "a sum of exponentials, not the exponential of a sum": (
            "torch.exp(q1 @ k1) - torch.exp(q2 @ k2)",
            "torch.exp(q1 * k1).mean() - torch.exp(q2 * k2).mean()",
        ),
        "products scaled by the root of the size": (
            "torch.exp(q1 @ k1) - torch.exp(q2 @ k2)",
            "torch.exp(q1 @ k1 * self.scale) - torch.exp(q2 @ k2 * self.scale)",
        ),
        "share squeezed into 0 ... 1": (
            "torch.exp(q2 @ k2) + base",
            "torch.exp(q2 @ k2) + base\n        share = share.clamp(0, 1)",
        ),
        "share computed in bfloat16": (
            "wide = torch.promote_types(value.dtype, torch.float32)",
            "wide = value.dtype",
        ),
        "share not learned": ("share = torch.exp(q1 @ k1)", "share = torch.exp(q1 @ k1).detach()"),
        # The difference.
        "noise added": ("signal - share", "signal + share"),
        "signal taken off the noise": (
            "signal - share.to(value.dtype) * noise",
            "share.to(value.dtype) * noise - signal",
        ),
        "share on the signal": ("signal - share.to(value.dtype) * noise", "share.to(value.dtype) * signal - noise"),
        "the whole noise taken off": ("share.to(value.dtype) * noise", "noise"),
        "nothing taken off": ("signal - share.to(value.dtype) * noise", "signal"),
        "a mixture": (
            "signal - share.to(value.dtype) * noise",
            "(1 - share.to(value.dtype)) * signal + share.to(value.dtype) * noise",
        ),
        "noise cut from the gradient": ("* noise, self", "* noise.detach(), self"),
        "norm forgotten": (
            "rms_norm(signal - share.to(value.dtype) * noise, self.norm_eps)",
            "(signal - share.to(value.dtype) * noise)",
        ),
        "norm of each half, then the difference": (
            "rms_norm(signal - share.to(value.dtype) * noise, self.norm_eps)",
            "(rms_norm(signal, self.norm_eps) - share.to(value.dtype) * rms_norm(noise, self.norm_eps))",
        ),
        "norm over all heads": (
            "rms_norm(signal - share.to(value.dtype) * noise, self.norm_eps)",
            "rms_norm((signal - share.to(value.dtype) * noise).flatten(2), self.norm_eps).view_as(signal)",
        ),
        "norm of each value of the pair": (
            "rms_norm(signal - share.to(value.dtype) * noise, self.norm_eps)",
            "rms_norm((signal - share.to(value.dtype) * noise).unflatten(-1, (2, -1)), self.norm_eps).flatten(-2)",
        ),
        "layer norm": (
            "rms_norm(signal - share.to(value.dtype) * noise, self.norm_eps)",
            "nn.functional.layer_norm(signal - share.to(value.dtype) * noise, signal.shape[-1:], eps=self.norm_eps)",
        ),
        "eps hard-coded": ("self.norm_eps)", "1e-5)"),
        "factor forgotten": ("(1 - base) * ", ""),
        "factor of the base": ("(1 - base) *", "base *"),
        "factor of one minus the share": ("(1 - base) *", "(1 - share.to(value.dtype)) *"),
        "factor of one plus the base": ("(1 - base) *", "(1 + base) *"),
        "factor of 0.2, that of the last layers": ("(1 - base) *", "0.2 *"),
        "factor inside the norm": ("(1 - base) * rms_norm(", "rms_norm((1 - base) * "),
        # What comes out.
        "heads of the usual size": (
            "return (1 - base) * rms_norm(signal - share.to(value.dtype) * noise, self.norm_eps)",
            "out = (1 - base) * rms_norm(signal - share.to(value.dtype) * noise, self.norm_eps)\n"
            "        return out.unflatten(-1, (2, -1)).flatten(2, 3)",
        ),
        "heads side by side already": (
            "return (1 - base) * rms_norm(signal - share.to(value.dtype) * noise, self.norm_eps)",
            "return ((1 - base) * rms_norm(signal - share.to(value.dtype) * noise, self.norm_eps)).flatten(2)",
        ),
        "result widened": ("share.to(value.dtype) * noise", "share * noise.to(wide)"),
        "values changed in place": ("value.chunk(2, dim=2)", "value.mul_(1.5).chunk(2, dim=2)"),
        "nothing returned": ("return (1 - base)", "(1 - base)"),
    },
}
