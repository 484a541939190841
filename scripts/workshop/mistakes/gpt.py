"""Mistakes in gpt.py."""

MISTAKES = {
    "gpt.GPT.__init__": {
        "super().__init__() forgotten": ("super().__init__()", "pass"),
        "config not kept": ("self.config = config", "pass"),
        "embedding sizes swapped": ("(config.vocab_size, config.n_embd)", "(config.n_embd, config.vocab_size)"),
        "embedding with a padding token": (
            "(config.vocab_size, config.n_embd)",
            "(config.vocab_size, config.n_embd, 0)",
        ),
        "embedding frozen": (
            "nn.Embedding(config.vocab_size, config.n_embd)",
            "nn.Embedding(config.vocab_size, config.n_embd).requires_grad_(False)",
        ),
        "one norm in both places": ("self.final_norm = build_norm(config)", "self.final_norm = self.embedding_norm"),
        "no final norm where there is one after the embedding": (
            "if self.blocks[-1].needs_final_norm else",
            "if self.blocks[-1].needs_final_norm and not config.embedding_norm else",
        ),
        "embedding norm not created": (
            "self.embedding_norm = build_norm(config) if config.embedding_norm else nn.Identity()",
            "pass",
        ),
        "embedding norm always": (" if config.embedding_norm else nn.Identity()", ""),
        "embedding norm never": (
            "self.embedding_norm = build_norm(config) if config.embedding_norm else nn.Identity()",
            "self.embedding_norm = nn.Identity()",
        ),
        "embedding norm None instead of nothing": (
            "if config.embedding_norm else nn.Identity()",
            "if config.embedding_norm else None",
        ),
        "embedding norm of torch's kind": (
            "self.embedding_norm = build_norm(config)",
            "self.embedding_norm = nn.RMSNorm(config.n_embd, config.norm_eps)",
        ),
        "final norm always": (" if self.blocks[-1].needs_final_norm else nn.Identity()", ""),
        "final norm never": (
            "build_norm(config) if self.blocks[-1].needs_final_norm else nn.Identity()",
            "nn.Identity()",
        ),
        "final norm with pre-norm only": ("if self.blocks[-1].needs_final_norm", 'if config.norm_position == "pre"'),
        "final norm with everything but post-norm": (
            "if self.blocks[-1].needs_final_norm",
            'if config.norm_position != "post"',
        ),
        "final norm only without a norm behind the sublayers": (
            "if self.blocks[-1].needs_final_norm",
            "if not config.post_norm",
        ),
        "dropout not created": ("self.dropout = nn.Dropout(config.dropout)", "pass"),
        "dropout hard-coded": ("self.dropout = nn.Dropout(config.dropout)", "self.dropout = nn.Dropout(0.1)"),
        "dropout left at its default": ("self.dropout = nn.Dropout(config.dropout)", "self.dropout = nn.Dropout()"),
        "the share that is kept, not dropped": (
            "self.dropout = nn.Dropout(config.dropout)",
            "self.dropout = nn.Dropout(1 - config.dropout)",
        ),
        "head with a bias": ("config.vocab_size, bias=False)", "config.vocab_size)"),
        "head always tied to the embedding": ("if config.weight_tying:", "if True:"),
        "weight tying forgotten": ("if config.weight_tying:", "if False:"),
        "weight tying the wrong way round": ("if config.weight_tying:", "if not config.weight_tying:"),
        "tied by a copy": (
            "self.lm_head.weight = self.token_embedding.weight",
            "self.lm_head.weight.data.copy_(self.token_embedding.weight.data)",
        ),
        "tied by the values, not the parameter": (
            "self.lm_head.weight = self.token_embedding.weight",
            "self.lm_head.weight.data = self.token_embedding.weight.data",
        ),
        "tied to a new parameter": (
            "self.lm_head.weight = self.token_embedding.weight",
            "self.lm_head.weight = nn.Parameter(self.token_embedding.weight.detach())",
        ),
        "no head where it is tied": ("self.lm_head.weight = self.token_embedding.weight", "self.lm_head = None"),
        "blocks in a plain list": (
            "nn.ModuleList(build_block(config) for _ in range(config.n_layer))",
            "[build_block(config) for _ in range(config.n_layer)]",
        ),
        "one block, repeated": (
            "nn.ModuleList(build_block(config) for _ in range(config.n_layer))",
            "nn.ModuleList([build_block(config)] * config.n_layer)",
        ),
        "pre-norm blocks, whatever is asked for": (
            "self.blocks = nn.ModuleList(build_block(config) for",
            "from .blocks import Block\n        self.blocks = nn.ModuleList(Block(config) for",
        ),
        "one block too few": ("range(config.n_layer)", "range(1, config.n_layer)"),
        "number of layers hard-coded": ("range(config.n_layer)", "range(2)"),
        "a learned final norm": (
            "self.config = config",
            "self.config = config\n        self.norm = nn.RMSNorm(config.n_embd)",
        ),
        "positions not created": ("self.positions = Positions(config)", "pass"),
        "rotary positions, whatever is asked for": (
            "self.positions = Positions(config)",
            "from .positions import RotaryPositions\n        self.positions = RotaryPositions(config)",
        ),
        "positions for every layer": (
            "self.positions = Positions(config)",
            "self.positions = nn.ModuleList(Positions(config) for _ in range(config.n_layer))",
        ),
        "positions under another name": ("self.positions = ", "self.position_encoding = "),
    },
    "gpt.GPT.init_weights": {
        "nothing drawn": ("self.apply(self._init_weights)", "pass"),
        "drawn in the blocks only": ("self.apply(", "self.blocks.apply("),
        "drawn in the first block only": ("self.apply(", "self.blocks[0].apply("),
        "drawn in the direct children only": (
            "self.apply(self._init_weights)",
            "for child in self.children(): self._init_weights(child)",
        ),
        "head not zeroed": ("nn.init.zeros_(self.lm_head.weight)", "pass"),
        "head zeroed where it is tied, too": ("if not self.config.weight_tying:", "if True:"),
        "head zeroed only where it is tied": ("if not self.config.weight_tying:", "if self.config.weight_tying:"),
        "head nearly zeroed": (
            "nn.init.zeros_(self.lm_head.weight)",
            "nn.init.normal_(self.lm_head.weight, std=0.001)",
        ),
        "embedding zeroed too": (
            "nn.init.zeros_(self.lm_head.weight)",
            "nn.init.zeros_(self.lm_head.weight); nn.init.zeros_(self.token_embedding.weight)",
        ),
        "attention's output projection not zeroed": (
            "name.endswith(OUTPUT_PROJECTIONS)",
            'name.endswith("down_proj")',
        ),
        "the MLP's output projection not zeroed": (
            "name.endswith(OUTPUT_PROJECTIONS)",
            'name.endswith("o_proj")',
        ),
        "up_proj zeroed": ("name.endswith(OUTPUT_PROJECTIONS)", 'name.endswith(("o_proj", "up_proj"))'),
        "queries zeroed": ("name.endswith(OUTPUT_PROJECTIONS)", 'name.endswith(("q_proj", "down_proj"))'),
        "every projection zeroed": ("name.endswith(OUTPUT_PROJECTIONS)", 'name.endswith("proj")'),
        "output projections looked for by their whole name": (
            "name.endswith(OUTPUT_PROJECTIONS)",
            "name in OUTPUT_PROJECTIONS",
        ),
        "looked for among the parameters": ("self.named_modules()", "self.named_parameters()"),
        "zeroed in the last block only": ("self.named_modules()", "self.blocks[-1].named_modules()"),
        "output projections of experts not zeroed": (
            "for name, module in self.named_modules():\n"
            "            if name.endswith(OUTPUT_PROJECTIONS):\n"
            "                nn.init.zeros_(module.weight)",
            "for block in self.blocks:\n"
            "            nn.init.zeros_(block.attn.o_proj.weight)\n"
            '            if hasattr(block.mlp, "down_proj"):\n'
            "                nn.init.zeros_(block.mlp.down_proj.weight)",
        ),
        "first expert's output projection zeroed only": (
            "name.endswith(OUTPUT_PROJECTIONS)",
            "name.endswith(OUTPUT_PROJECTIONS) and not any(f'experts.{n}.' in name for n in range(1, 9))",
        ),
        "router zeroed too": ("name.endswith(OUTPUT_PROJECTIONS)", 'name.endswith((*OUTPUT_PROJECTIONS, "router"))'),
        "output projections ones": ("nn.init.zeros_(module.weight)", "nn.init.ones_(module.weight)"),
        "zeroed first, then drawn": (
            "nn.init.zeros_(module.weight)",
            "nn.init.zeros_(module.weight)\n        self.apply(self._init_weights)",
        ),
        "output projections smaller instead, as in GPT-2": (
            "nn.init.zeros_(module.weight)",
            "module.weight.data.mul_((2 * len(self.blocks)) ** -0.5)",
        ),
        "other ways ignored": ('if self.config.init != "nanochat":', "if False:"),
        "the other way, then nanochat's": ("            return\n", "            pass\n"),
        "the other way chosen, not called": ("self.config.init)(self)", "self.config.init)"),
        "the other way always GPT-2's": (
            'choose({"nanochat": None} | INITS, "init", self.config.init)(self)',
            'INITS["gpt2"](self)',
        ),
        "an unknown way passed over": (
            'choose({"nanochat": None} | INITS, "init", self.config.init)(self)',
            "INITS.get(self.config.init, lambda model: None)(self)",
        ),
        "an unknown way a KeyError": (
            'choose({"nanochat": None} | INITS, "init", self.config.init)(self)',
            "INITS[self.config.init](self)",
        ),
        "the unknown way not named": (
            'choose({"nanochat": None} | INITS, "init", self.config.init)(self)',
            "if self.config.init not in INITS:\n"
            '                raise ValueError("there is no such way")\n'
            "            INITS[self.config.init](self)",
        ),
        "head replaced, not zeroed in place": (
            "nn.init.zeros_(self.lm_head.weight)",
            "self.lm_head.weight = nn.Parameter(torch.zeros_like(self.lm_head.weight))",
        ),
    },
    "gpt.GPT._init_weights": {
        "fan_in and fan_out swapped": ("fan_out, fan_in = module", "fan_in, fan_out = module"),
        "ratio the wrong way round": ("math.sqrt(fan_out / fan_in)", "math.sqrt(fan_in / fan_out)"),
        "ratio without its root": ("math.sqrt(fan_out / fan_in)", "fan_out / fan_in"),
        "no factor for narrowing layers": (" * min(1.0, math.sqrt(fan_out / fan_in))", ""),
        "factor for widening layers too": ("min(1.0, math.sqrt(fan_out / fan_in))", "math.sqrt(fan_out / fan_in)"),
        "max for min": ("min(1.0,", "max(1.0,"),
        "variance for spread": ("fan_in**-0.5", "fan_in**-1.0"),
        "He's factor of two": ("std=fan_in**-0.5", "std=2**0.5 * fan_in**-0.5"),
        "Xavier's mean of both fans": ("std=fan_in**-0.5", "std=((fan_in + fan_out) / 2)**-0.5"),
        "GPT-2's 0.02": ("std=fan_in**-0.5 * min(1.0, math.sqrt(fan_out / fan_in))", "std=0.02"),
        "uniform instead of normal": (
            "nn.init.normal_(module.weight, std=fan_in**-0.5 * min(1.0, math.sqrt(fan_out / fan_in)))",
            "bound = 3**0.5 * fan_in**-0.5 * min(1.0, math.sqrt(fan_out / fan_in))\n"
            "            nn.init.uniform_(module.weight, -bound, bound)",
        ),
        "cut off at two standard deviations": (
            "nn.init.normal_(module.weight, std=1.0)",
            "nn.init.trunc_normal_(module.weight, std=1.0, a=-2, b=2)",
        ),
        "mean of one": ("nn.init.normal_(module.weight, std=1.0)", "nn.init.normal_(module.weight, 1.0, 1.0)"),
        "std given as the mean": ("nn.init.normal_(module.weight, std=fan_in", "nn.init.normal_(module.weight, fan_in"),
        "a copy is drawn": (
            "nn.init.normal_(module.weight, std=fan_in",
            "nn.init.normal_(module.weight.clone(), std=fan_in",
        ),
        "bias forgotten": ("nn.init.zeros_(module.bias)", "pass"),
        "bias drawn": ("nn.init.zeros_(module.bias)", "nn.init.normal_(module.bias, std=0.02)"),
        "layers without a bias not thought of": ("if module.bias is not None:", "if True:"),
        "embedding forgotten": ("nn.init.normal_(module.weight, std=1.0)", "pass"),
        "embedding as small as GPT-2's": ("std=1.0", "std=0.02"),
        "embedding by its width": ("std=1.0", "std=module.embedding_dim**-0.5"),
        "embedding drawn like a linear layer": (
            "isinstance(module, nn.Linear)",
            'hasattr(module, "weight") and module.weight.dim() == 2',
        ),
        "every other module drawn too": (
            "elif isinstance(module, nn.Embedding):",
            'elif hasattr(module, "weight"):',
        ),
        "weight replaced, not drawn in place": (
            "nn.init.normal_(module.weight, std=1.0)",
            "module.weight = nn.Parameter(torch.randn_like(module.weight))",
        ),
    },
    "gpt.GPT.forward": {
        "lengths not compared": ("if self.config.max_seq_len < T:", "if False:"),
        "longest sequence refused": ("self.config.max_seq_len < T", "self.config.max_seq_len <= T"),
        "another error raised": ("raise ValueError(", "raise AssertionError("),
        "lengths not named": (
            'f"the sequence has {T} tokens, but the positions end at max_seq_len = {self.config.max_seq_len}"',
            '"the sequence is too long"',
        ),
        "too long a sequence cut in silence": (
            "if self.config.max_seq_len < T:",
            "tokens = tokens[:, -self.config.max_seq_len :]\n        T = tokens.shape[1]\n        if False:",
        ),
        "positions of the whole table": (
            "torch.arange(T, device=tokens.device) if",
            "torch.arange(self.config.max_seq_len, device=tokens.device) if",
        ),
        "the last position for all": (
            "torch.arange(T, device=tokens.device) if",
            "torch.full((T,), T - 1, device=tokens.device) if",
        ),
        "positions from one on": (
            "torch.arange(T, device=tokens.device) if",
            "torch.arange(1, T + 1, device=tokens.device) if",
        ),
        "positions backwards": (
            "torch.arange(T, device=tokens.device) if",
            "torch.arange(T, device=tokens.device).flip(0) if",
        ),
        "positions not added": ("self.positions.embed(x, position)", "x"),
        "positions added in every layer": (
            "x = block(x, context)",
            "x = block(self.positions.embed(x, position), context)",
        ),
        "positions added after the norm": (
            "self.embedding_norm(self.positions.embed(x, position))",
            "self.positions.embed(self.embedding_norm(x), position)",
        ),
        "embedding norm forgotten": (
            "self.embedding_norm(self.positions.embed(x, position))",
            "self.positions.embed(x, position)",
        ),
        "embedding norm without weights": (
            "self.embedding_norm(self.positions.embed(x, position))",
            "F.rms_norm(self.positions.embed(x, position), x.shape[-1:], eps=self.config.norm_eps)",
        ),
        "embedding always scaled": ("if self.config.embedding_scale:", "if True:"),
        "embedding never scaled": ("if self.config.embedding_scale:", "if False:"),
        "embedding scaled where it should not be": (
            "if self.config.embedding_scale:",
            "if not self.config.embedding_scale:",
        ),
        "embedding scaled by the width": ("self.config.n_embd**0.5", "self.config.n_embd"),
        "embedding divided by the root of the width": ("self.config.n_embd**0.5", "self.config.n_embd**-0.5"),
        "embedding scaled by the root of the length": ("self.config.n_embd**0.5", "T**0.5"),
        "embedding scaled after positions are added": (
            "x = self.dropout(self.embedding_norm(self.positions.embed(x, position)))",
            "s = self.config.n_embd**0.5 if self.config.embedding_scale else 1.0\n"
            "        x = self.dropout(self.embedding_norm(s * self.positions.embed(x / s, position)))",
        ),
        "embedding scaled after the norm": (
            "x = self.dropout(self.embedding_norm(self.positions.embed(x, position)))",
            "s = self.config.n_embd**0.5 if self.config.embedding_scale else 1.0\n"
            "        x = self.dropout(s * self.embedding_norm(self.positions.embed(x / s, position)))",
        ),
        "dropout forgotten": ("self.dropout(self.embedding_norm(", "(self.embedding_norm("),
        "dropout in evaluation too": (
            "self.dropout(self.embedding_norm(self.positions.embed(x, position)))",
            "F.dropout(self.embedding_norm(self.positions.embed(x, position)), self.config.dropout)",
        ),
        "dropout before the norm": (
            "self.dropout(self.embedding_norm(self.positions.embed(x, position)))",
            "self.embedding_norm(self.dropout(self.positions.embed(x, position)))",
        ),
        "dropout without the growth of the rest": (
            "self.dropout(self.embedding_norm(self.positions.embed(x, position)))",
            "self.dropout(self.embedding_norm(self.positions.embed(x, position)))\n"
            "        x = x * (1 - self.config.dropout) if self.training else x",
        ),
        "dropout of whole vectors": (
            "self.dropout(self.embedding_norm(self.positions.embed(x, position)))",
            "self.embedding_norm(self.positions.embed(x, position))\n"
            "        x = x * self.dropout(torch.ones_like(x[..., :1]))",
        ),
        "dropout between blocks too": ("x = block(x, context)", "x = self.dropout(block(x, context))"),
        "dropout before the head too": ("self.final_norm(x)", "self.dropout(self.final_norm(x))"),
        "last block forgotten": (
            "zip(self.blocks, self.positions(position, cache), strict=True)",
            "zip(self.blocks[:-1], self.positions(position, cache))",
        ),
        "blocks in reverse order": (
            "zip(self.blocks, self.positions(position, cache), strict=True)",
            "zip(reversed(self.blocks), self.positions(position, cache))",
        ),
        "contexts in reverse order": (
            "zip(self.blocks, self.positions(position, cache), strict=True)",
            "zip(self.blocks, reversed(self.positions(position, cache)))",
        ),
        "the first layer's context for all": (
            "x = block(x, context)",
            "x = block(x, self.positions(position, cache)[0])",
        ),
        "the last layer's context for all": (
            "x = block(x, context)",
            "x = block(x, self.positions(position, cache)[-1])",
        ),
        "all contexts for every layer": ("x = block(x, context)", "x = block(x, self.positions(position, cache))"),
        "loops over blocks and contexts, one in the other": (
            "zip(self.blocks, self.positions(position, cache), strict=True)",
            "((block, context) for block in self.blocks for context in self.positions(position, cache))",
        ),
        "blocks not chained": ("x = block(x, context)", "y = block(x, context)"),
        "a residual around each block": ("x = block(x, context)", "x = x + block(x, context)"),
        "final norm forgotten": ("self.lm_head(self.final_norm(x))", "self.lm_head(x)"),
        "final norm after the head": (
            "self.lm_head(self.final_norm(x))",
            "self.final_norm(self.lm_head(x))",
        ),
        "final norm taken for that of the embedding": ("self.final_norm(x)", "self.embedding_norm(x)"),
        "embedding norm taken for the final one": ("self.embedding_norm(self", "self.final_norm(self"),
        "final norm without weights, and always": (
            "self.final_norm(x)",
            "F.rms_norm(x, x.shape[-1:], eps=self.config.norm_eps)",
        ),
        "embedding's weights for the head": (
            "self.lm_head(self.final_norm(x))",
            "F.linear(self.final_norm(x), self.token_embedding.weight)",
        ),
        "logits left in bfloat16": ("logits.to(torch.promote_types(logits.dtype, torch.float32))", "logits"),
        "logits not scaled": (" * self.config.logit_scale", ""),
        "logits divided by their scale": (" * self.config.logit_scale", " / self.config.logit_scale"),
        "logits scaled by the root of the scale": ("self.config.logit_scale", "self.config.logit_scale**0.5"),
        "logits scaled after the cap": (
            "logits = soft_cap(logits, self.config.logit_softcap)\n",
            "scale = self.config.logit_scale\n"
            "            logits = soft_cap(logits / scale, self.config.logit_softcap) * scale\n",
        ),
        "logits scaled without targets only": (
            "* self.config.logit_scale",
            "* (self.config.logit_scale if targets is None else 1.0)",
        ),
        "capped with None": ("if self.config.logit_softcap is not None:", "if True:"),
        "capped at 15 where there is no cap": (
            "if self.config.logit_softcap is not None:\n"
            "            logits = soft_cap(logits, self.config.logit_softcap)",
            "logits = soft_cap(logits, self.config.logit_softcap or 15.0)",
        ),
        "capped in training only": ("logit_softcap is not None:", "logit_softcap is not None and self.training:"),
        "cap computed in bfloat16, then widened": (
            "logits = soft_cap(logits, self.config.logit_softcap)\n",
            "logits = soft_cap(logits.to(x.dtype), self.config.logit_softcap).to(logits.dtype)\n",
        ),
        "soft cap forgotten": ("logits = soft_cap(logits, self.config.logit_softcap)\n", "pass\n"),
        "soft cap twice": (
            "logits = soft_cap(logits, self.config.logit_softcap)\n",
            "logits = soft_cap(soft_cap(logits, self.config.logit_softcap), self.config.logit_softcap)\n",
        ),
        "cap hard-coded": (
            "logits = soft_cap(logits, self.config.logit_softcap)\n",
            "logits = soft_cap(logits, 15.0)\n",
        ),
        "cap not multiplied back": (
            "logits = soft_cap(logits, self.config.logit_softcap)\n",
            "logits = torch.tanh(logits / self.config.logit_softcap)\n",
        ),
        "cap not divided by": (
            "logits = soft_cap(logits, self.config.logit_softcap)\n",
            "logits = self.config.logit_softcap * torch.tanh(logits)\n",
        ),
        "hard cap": (
            "logits = soft_cap(logits, self.config.logit_softcap)\n",
            "logits = logits.clamp(-self.config.logit_softcap, self.config.logit_softcap)\n",
        ),
        "probabilities, not logits": ("            return logits\n", "            return logits.softmax(-1)\n"),
        "last position's logits only": ("            return logits\n", "            return logits[:, -1:]\n"),
        "logits with targets too": ("if targets is None:", "if True:"),
        "logits and loss together": ("return loss + ", "return logits, loss + "),
        "loss summed": ("ignore_index=-1)", 'ignore_index=-1, reduction="sum")'),
        "one loss per position": ("ignore_index=-1)", 'ignore_index=-1, reduction="none")'),
        "loss in bits": ("ignore_index=-1)", "ignore_index=-1) / math.log(2)"),
        "ignore_index forgotten": (", ignore_index=-1)", ")"),
        "wrong token ignored": ("ignore_index=-1)", "ignore_index=0)"),
        "-1 taken for the last token": (
            "targets.flatten(), ignore_index=-1)",
            "targets.flatten() % self.config.vocab_size)",
        ),
        "ignored positions counted in the mean": (
            "ignore_index=-1)",
            'ignore_index=-1, reduction="sum") / targets.numel()',
        ),
        "mean of the rows' means": (
            "F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-1)",
            "torch.stack([F.cross_entropy(a, b, ignore_index=-1) for a, b in zip(logits, targets)]).mean()",
        ),
        "targets shifted once more": (
            "F.cross_entropy(logits.flatten(0, 1), targets.flatten()",
            "F.cross_entropy(logits[:, :-1].flatten(0, 1), targets[:, 1:].flatten()",
        ),
        "softmax before the cross-entropy": (
            "F.cross_entropy(logits.flatten(0, 1)",
            "F.cross_entropy(logits.softmax(-1).flatten(0, 1)",
        ),
        "label smoothing": ("ignore_index=-1)", "ignore_index=-1, label_smoothing=0.1)"),
        "loss capped, logits not": (
            "logits = soft_cap(logits, self.config.logit_softcap)\n",
            "logits = logits if targets is None else soft_cap(logits, self.config.logit_softcap)\n",
        ),
        "logits capped, loss not": (
            "logits = soft_cap(logits, self.config.logit_softcap)\n",
            "logits = logits if targets is not None else soft_cap(logits, self.config.logit_softcap)\n",
        ),
        "loss as a plain number": ("ignore_index=-1)", "ignore_index=-1).item()"),
        "gradient cut at the embedding": ("self.token_embedding(tokens)", "self.token_embedding(tokens).detach()"),
        "gradient cut between blocks": ("x = block(x, context)", "x = block(x.detach(), context)"),
        "no gradient at all": (
            "        T = tokens.shape[1]",
            "        torch.set_grad_enabled(False)\n        T = tokens.shape[1]",
        ),
        "ignored targets overwritten": (
            "F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-1)",
            "F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-1)\n"
            "        targets[targets == -1] = 0",
        ),
        "tokens clamped in place": ("self.token_embedding(tokens)", "self.token_embedding(tokens.clamp_(max=9))"),
        "loss computed in bfloat16, then widened": (
            "F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-1)",
            "F.cross_entropy(logits.flatten(0, 1).to(x.dtype), targets.flatten(), ignore_index=-1).to(logits.dtype)",
        ),
        "targets viewed, not reshaped": ("targets.flatten(), ignore_index=-1)", "targets.view(-1), ignore_index=-1)"),
        "loss against the tokens themselves": (
            "targets.flatten(), ignore_index=-1)",
            "tokens.flatten(), ignore_index=-1)",
        ),
        "contexts kept from the first call": (
            "zip(self.blocks, self.positions(position, cache), strict=True)",
            'zip(self.blocks, self.__dict__.setdefault("contexts", self.positions(position, cache)), strict=True)',
        ),
        "auxiliary loss forgotten": (" + sum(block.mlp.auxiliary_loss for block in self.blocks)", ""),
        "auxiliary loss of the last block only": (
            "sum(block.mlp.auxiliary_loss for block in self.blocks)",
            "self.blocks[-1].mlp.auxiliary_loss",
        ),
        "auxiliary loss as a mean over the blocks": (
            "sum(block.mlp.auxiliary_loss for block in self.blocks)",
            "sum(block.mlp.auxiliary_loss for block in self.blocks) / len(self.blocks)",
        ),
        "auxiliary loss taken off": ("return loss + sum", "return loss - sum"),
        "auxiliary loss weighted again": ("return loss + sum", "return loss + self.config.balance_loss_weight * sum"),
        "auxiliary loss without a gradient": (
            "sum(block.mlp.auxiliary_loss for",
            "sum(torch.as_tensor(block.mlp.auxiliary_loss).detach() for",
        ),
        "auxiliary loss instead of the loss": (
            "return loss + sum(block.mlp.auxiliary_loss for block in self.blocks)",
            "return sum(block.mlp.auxiliary_loss for block in self.blocks) or loss",
        ),
        "auxiliary loss added to the logits": (
            "            return logits\n",
            "            return logits + sum(block.mlp.auxiliary_loss for block in self.blocks)\n",
        ),
        "auxiliary loss added for each position": (
            "return loss + sum(",
            "return loss + tokens.numel() * sum(",
        ),
        "cap not assigned": (
            "logits = soft_cap(logits, self.config.logit_softcap)\n",
            "soft_cap(logits, self.config.logit_softcap)\n",
        ),
        "cap of the scores": (
            "logits = soft_cap(logits, self.config.logit_softcap)\n",
            "logits = soft_cap(logits, self.config.attention_softcap or 50.0)\n",
        ),
        "capped before the head": (
            "logits = self.lm_head(self.final_norm(x))",
            "logits = self.lm_head(soft_cap(self.final_norm(x), self.config.logit_softcap or 1e9))",
        ),
        "cache ignored": (" if cache is None else cache.advance(tokens)", ""),
        "cache not handed to the layers": (
            "self.positions(position, cache), strict",
            "self.positions(position), strict",
        ),
        "cache not told of the tokens": (
            "torch.arange(T, device=tokens.device) if cache is None else cache.advance(tokens)",
            "torch.arange(T, device=tokens.device)\n"
            "        position = position if cache is None else position.expand_as(tokens)",
        ),
        "positions from zero on, with a cache too": (
            "x = self.dropout(self.embedding_norm(",
            "position = torch.arange(T, device=tokens.device).expand_as(position)\n"
            "        x = self.dropout(self.embedding_norm(",
        ),
        "positions added from zero on, with a cache too": (
            "self.positions.embed(x, position)",
            "self.positions.embed(x, torch.arange(T, device=tokens.device))",
        ),
        "every sequence where the longest stands": (
            "else cache.advance(tokens)",
            "else cache.advance(tokens).amax(0, True).expand_as(tokens)",
        ),
        "every sequence where the first stands": (
            "else cache.advance(tokens)",
            "else cache.advance(tokens)[:1].expand_as(tokens)",
        ),
        "positions of one sequence only": ("else cache.advance(tokens)", "else cache.advance(tokens)[0]"),
        "tokens counted twice": (
            "self.positions(position, cache), strict",
            "self.positions(position if cache is None else cache.advance(tokens) - T, cache), strict",
        ),
        "tokens counted in every layer": (
            "x = block(x, context)",
            "x = block(x, context)\n            cache is None or cache.advance(tokens)",
        ),
        "tokens counted before their positions are taken": (
            "else cache.advance(tokens)",
            "else cache.advance(tokens) + T",
        ),
        "the last token counted only": (
            "else cache.advance(tokens)",
            "else cache.advance(tokens[:, -1:]) + torch.arange(T)",
        ),
        "a new cache every time": (
            "else cache.advance(tokens)",
            "else (cache := type(cache)(self.config)).advance(tokens)",
        ),
        "the last token read only, with a cache": (
            "        # Look the tokens up.\n",
            "        tokens, T = (tokens, T) if cache is None else (tokens[:, -1:], 1)\n",
        ),
        "the last logits only, with a cache": (
            "            return logits\n",
            "            return logits if cache is None else logits[:, -1:]\n",
        ),
        "cache and targets not thought of together": (
            "if targets is None:",
            "if targets is None or cache is not None:",
        ),
        "a full cache started anew": (
            "else cache.advance(tokens)",
            "else (\n"
            "            cache.advance(tokens)\n"
            "            if cache.longest + T <= self.config.max_seq_len\n"
            "            else cache.advance(tokens[:, :0]) + torch.zeros_like(tokens)\n"
            "        )",
        ),
        "a full cache not noticed": (
            "torch.arange(T, device=tokens.device) if cache is None else cache.advance(tokens)",
            "torch.arange(T, device=tokens.device)\n"
            "        if cache is not None:\n"
            "            cache.max_seq_len = 10**6\n"
            "            position = cache.advance(tokens).clamp(max=self.config.max_seq_len - 1)",
        ),
        "window of the first layer for all": (
            "x = block(x, context)",
            "x = block(x, context._replace(window=self.config.layer_windows[0]))",
        ),
    },
    "gpt.GPT.get_device": {
        "hard-coded": ("self.token_embedding.weight.device", 'torch.device("cpu")'),
        "CUDA where there is one": (
            "self.token_embedding.weight.device",
            'torch.device("cuda" if torch.cuda.is_available() else "cpu")',
        ),
        "torch's default device": ("self.token_embedding.weight.device", "torch.get_default_device()"),
        "a word": ("self.token_embedding.weight.device", "self.token_embedding.weight.device.type"),
        "a number": ("self.token_embedding.weight.device", "self.token_embedding.weight.get_device()"),
        "an attribute that modules lack": ("self.token_embedding.weight.device", "self.device"),
        "the weight itself": ("self.token_embedding.weight.device", "self.token_embedding.weight"),
        "remembered from the first call": (
            "return self.token_embedding.weight.device",
            'self.__dict__.setdefault("device", self.token_embedding.weight.device)\n        return self.device',
        ),
        "nothing returned": ("return self", "self"),
    },
}
