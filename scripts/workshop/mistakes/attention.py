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
        "dropout not created": ("self.dropout = nn.Dropout(config.dropout)", "pass"),
        "dropout left at its default": ("self.dropout = nn.Dropout(config.dropout)", "self.dropout = nn.Dropout()"),
        "dropout as a number": ("self.dropout = nn.Dropout(config.dropout)", "self.dropout = config.dropout"),
    },
    "attention.CausalSelfAttention.forward": {
        "no scale": (" * self.scale", ""),
        "scale of its own ignored": ("self.scale", "self.head_dim**-0.5"),
        "scale twice": ("self.scale", "self.scale**2"),
        "divided by the scale": ("* self.scale", "/ self.scale"),
        "scale by the width, not the head": ("self.scale", "x.shape[-1] ** -0.5"),
        "scale by the number of heads": ("self.scale", "self.n_head**-0.5"),
        "scale by the length": ("self.scale", "T**-0.5"),
        "scale after the softmax": (
            'scores.masked_fill(future, float("-inf")).softmax(dim=-1)',
            '(self.scale * (scores / self.scale).masked_fill(future, float("-inf")).softmax(dim=-1))',
        ),
        "bias forgotten": ("if context.bias is not None:", "if False:"),
        "bias added even where there is none": ("if context.bias is not None:", "if True:"),
        "bias subtracted": ("scores + context.bias", "scores - context.bias"),
        "bias multiplied": ("scores + context.bias", "scores * context.bias"),
        "bias scaled too": ("scores + context.bias", "scores + context.bias * self.scale"),
        "bias divided by the scale": ("scores + context.bias", "scores + context.bias / self.scale"),
        "bias added after the softmax": (
            'weights = scores.masked_fill(future, float("-inf")).softmax(dim=-1)',
            "bias = 0.0 if context.bias is None else context.bias\n"
            '        weights = ((scores - bias).masked_fill(future, float("-inf")).softmax(dim=-1) + bias)',
        ),
        "bias instead of the products": ("scores + context.bias", "context.bias.expand_as(scores)"),
        "bias of the first head for all": ("scores + context.bias", "scores + context.bias[0]"),
        "bias of the heads in reverse": ("scores + context.bias", "scores + context.bias.flip(0)"),
        "bias with queries and keys swapped": ("scores + context.bias", "scores + context.bias.mT"),
        "bias of the last token for all": ("scores + context.bias", "scores + context.bias[:, -1:]"),
        "bias added in place": ("scores = scores + context.bias", "scores = context.bias.add_(scores)"),
        "no mask": ('.masked_fill(future, float("-inf"))', ""),
        "token hidden from itself": ("diagonal=1", "diagonal=0"),
        "one token of the future seen": ("diagonal=1", "diagonal=2"),
        "past hidden instead of the future": ("triu(diagonal=1)", "tril(diagonal=-1)"),
        "only the token itself seen": (
            ".triu(diagonal=1)",
            ".logical_xor(torch.eye(T, dtype=torch.bool, device=x.device))",
        ),
        "mask after the softmax": (
            'scores.masked_fill(future, float("-inf")).softmax(dim=-1)',
            "scores.softmax(dim=-1).masked_fill(future, 0.0)",
        ),
        "masked with zero": ('float("-inf")', "0.0"),
        "masked with 1e-9": ('float("-inf")', "1e-9"),
        "masked with -1": ('float("-inf")', "-1.0"),
        "masked with plus infinity": ('float("-inf")', 'float("inf")'),
        "mask not assigned": (
            'weights = scores.masked_fill(future, float("-inf")).softmax(dim=-1)',
            'scores.masked_fill(future, float("-inf"))\n        weights = scores.softmax(dim=-1)',
        ),
        "softmax over the queries": ("softmax(dim=-1)", "softmax(dim=-2)"),
        "softmax over the heads": ("softmax(dim=-1)", "softmax(dim=1)"),
        "no softmax": ('masked_fill(future, float("-inf")).softmax(dim=-1)', "masked_fill(future, 0.0)"),
        "heads split by a view, without a transpose": (
            "query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2)",
            "(y.reshape(B, self.n_head, T, self.head_dim) for y in (query, key, value))",
        ),
        "heads joined without a transpose": (
            "(self.dropout(weights) @ value).transpose(1, 2).reshape",
            "(self.dropout(weights) @ value).reshape",
        ),
        "heads joined by the wrong transpose": (
            "(self.dropout(weights) @ value).transpose(1, 2)",
            "(self.dropout(weights) @ value).permute(0, 2, 3, 1)",
        ),
        "numbers of a head by heads": (
            "query = self.q_proj(x).view(B, T, self.n_head, self.head_dim)",
            "query = self.q_proj(x).view(B, T, self.head_dim, self.n_head).transpose(2, 3)",
        ),
        "repeat for repeat_interleave": (
            "key = key.repeat_interleave(self.n_head // self.n_kv_head, dim=2)\n"
            "        value = value.repeat_interleave(self.n_head // self.n_kv_head, dim=2)",
            "key = key.repeat(1, 1, self.n_head // self.n_kv_head, 1)\n"
            "        value = value.repeat(1, 1, self.n_head // self.n_kv_head, 1)",
        ),
        "repeat for the values only": (
            "value.repeat_interleave(self.n_head // self.n_kv_head, dim=2)",
            "value.repeat(1, 1, self.n_head // self.n_kv_head, 1)",
        ),
        "every query head on the first key head": (
            "key.repeat_interleave(self.n_head // self.n_kv_head, dim=2)",
            "key[:, :, :1].expand(B, T, self.n_head, self.head_dim)",
        ),
        "key heads in reverse": (
            "key.repeat_interleave(self.n_head // self.n_kv_head, dim=2)",
            "key.flip(2).repeat_interleave(self.n_head // self.n_kv_head, dim=2)",
        ),
        "groups repeated along the tokens": (
            "key.repeat_interleave(self.n_head // self.n_kv_head, dim=2)",
            "key.repeat_interleave(self.n_head // self.n_kv_head, dim=1)",
        ),
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
        "queries times queries": ("key.transpose(-2, -1) *", "query.transpose(-2, -1) *"),
        "keys from the values' projection": ("key = self.k_proj(x)", "key = self.v_proj(x)"),
        "values from the keys' projection": ("value = self.v_proj(x)", "value = self.k_proj(x)"),
        "output projection forgotten": ("self.dropout(self.o_proj(out))", "self.dropout(out)"),
        "residual added here too": ("return self.dropout(", "return x + self.dropout("),
        "input normalised here too": (
            "B, T, _ = x.shape",
            "x = nn.functional.rms_norm(x, x.shape[-1:])\n        B, T, _ = x.shape",
        ),
        "heads joined to the width of the stream": ("reshape(B, T, -1)", "reshape(B, T, x.shape[-1])"),
        "dropout of the weights forgotten": ("self.dropout(weights)", "weights"),
        "dropout of the result forgotten": ("self.dropout(self.o_proj(out))", "self.o_proj(out)"),
        "dropout before the output projection, not behind it": (
            "self.dropout(self.o_proj(out))",
            "self.o_proj(self.dropout(out))",
        ),
        "dropout of the weights in evaluation too": (
            "self.dropout(weights)",
            "nn.functional.dropout(weights, self.dropout.p)",
        ),
        "dropout of the result in evaluation too": (
            "self.dropout(self.o_proj(out))",
            "nn.functional.dropout(self.o_proj(out), self.dropout.p)",
        ),
        "dropout of the scores": ("scores.masked_fill(", "self.dropout(scores).masked_fill("),
        "dropout of the queries": ("query @ key", "self.dropout(query) @ key"),
        "dropout of the values too": ("@ value)", "@ self.dropout(value))"),
        "dropout of the weights, and the rest brought back to a sum of one": (
            "out = (self.dropout(weights)",
            "weights = self.dropout(weights)\n"
            "        out = (weights / weights.sum(dim=-1, keepdim=True).clamp(min=1e-6)",
        ),
        "gradient cut at the weights": ("self.dropout(weights)", "self.dropout(weights).detach()"),
        "gradient cut at the keys": (
            "context.rotate(query), context.rotate(key)",
            "context.rotate(query), context.rotate(key.detach())",
        ),
        "gradient cut at the queries' norm": (
            "if self.qk_norm_after_rotary:\n            query, key = self.q_norm(query),",
            "if self.qk_norm_after_rotary:\n            query, key = self.q_norm(query).detach(),",
        ),
        "weights left in float32": (".to(value.dtype)", ""),
        "result widened": ("self.dropout(self.o_proj(out))", "self.dropout(self.o_proj(out)).float()"),
        "input changed in place": ("B, T, _ = x.shape", "B, T, _ = x.mul_(1.5).shape"),
        "scores by keys and queries, not queries and keys": (
            "query @ key.transpose(-2, -1)",
            "key @ query.transpose(-2, -1)",
        ),
        "rotated with the heads in front": (
            "context.rotate(query), context.rotate(key)",
            "(context.rotate(y.transpose(1, 2)).transpose(1, 2) for y in (query, key))",
        ),
        "mask kept from the first call": (
            "future = torch.ones(T, T, dtype=torch.bool, device=x.device).triu(diagonal=1)",
            'future = self.__dict__.setdefault("future", torch.ones(T, T, dtype=torch.bool, device=x.device).triu(1))\n'
            "        future = future[:T, :T]",
        ),
        "output of the call before added": (
            "out = (self.dropout(weights) @ value).transpose(1, 2).reshape(B, T, -1)",
            'out = (self.dropout(weights) @ value).transpose(1, 2).reshape(B, T, -1) + getattr(self, "before", 0)\n'
            "        self.before = out.detach().mean()",
        ),
    },
}
