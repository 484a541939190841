"""Mistakes in latent.py."""

# Lines that several mistakes change.
REFUSED = "if config.n_kv_head != config.n_head or config.attention_gate:"
KEY_DIM = "key_dim = self.head_dim + self.rope_head_dim"
SCALE = "self.scale = key_dim**-0.5 if config.score_scale is None else config.score_scale"
LATENT_PROJ = "self.latent_proj = nn.Linear(config.n_embd, config.latent_rank, bias=config.bias)"
ROTARY_KEY_PROJ = "self.rotary_key_proj = nn.Linear(config.n_embd, config.rope_head_dim, bias=config.bias)"
LATENT_NORM = "self.latent_norm = RMSNorm(config.latent_rank, LATENT_EPS)"
K_FROM_LATENT = "self.k_from_latent = nn.Linear(config.latent_rank, config.n_head * self.head_dim, bias=False)"
V_FROM_LATENT = "self.v_from_latent = nn.Linear(config.latent_rank, config.n_head * self.value_head_dim, bias=False)"
QUERY_LATENT_PROJ = "self.query_latent_proj = nn.Linear(config.n_embd, rank, bias=config.bias)"
QUERY_LATENT_NORM = "self.query_latent_norm = RMSNorm(rank, LATENT_EPS)"
Q_PROJ = "self.q_proj = nn.Linear(rank or config.n_embd, config.n_head * key_dim, bias=False)"
O_PROJ = "self.o_proj = nn.Linear(config.n_head * self.value_head_dim, config.n_embd, bias=config.bias)"
NORMS = "self.q_norm, self.k_norm = build_qk_norm(config, config.n_head), build_qk_norm(config, config.n_head)"
SINKS = "self.sinks = nn.Parameter(torch.zeros(config.n_head)) if config.attention_sinks else None"

SOURCE = "source = self.query_latent_norm(self.query_latent_proj(x)) if self.has_query_latent else x"
SPLIT = "content, rotary = query.split((self.head_dim, self.rope_head_dim), dim=-1)"
TURNED = "content, rotary = self.q_norm(content), context.rotate(rotary)"
LATENT = "latent = self.latent_norm(self.latent_proj(x))"
ROTARY_KEY = "rotary_key = context.rotate(self.rotary_key_proj(x)[:, :, None, :]).squeeze(2)"
RECALL = "key_position, latent, rotary_key = context.recall(latent, rotary_key)"
ATTEND = "attend = self.absorbed if self.absorbs(T, context) else self.naive"
OUT = "out = attend(content, rotary, latent, rotary_key, self.scores(context, key_position))"
BACK = "return self.dropout(self.o_proj(out.flatten(2)))"

KEY = "key = self.k_norm(self.k_from_latent(latent).view(B, Tk, self.n_head, self.head_dim))"
WHOLE_KEY = "key = torch.cat((key, rotary_key[:, :, None, :].expand(-1, -1, self.n_head, -1)), dim=-1)"
VALUE = "value = self.v_from_latent(latent).view(B, Tk, self.n_head, self.value_head_dim)"
QUERY = "query = torch.cat((content, rotary), dim=-1)"
BACKEND = "out = self.backend(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), scores)"

W_K = "W_k = self.k_from_latent.weight.view(self.n_head, self.head_dim, -1)"
W_V = "W_v = self.v_from_latent.weight.view(self.n_head, self.value_head_dim, -1)"
ABSORBED_QUERY = 'query = torch.cat((torch.einsum("bthd,hdr->bthr", content, W_k), rotary), dim=-1)'
LATENTS = "key, value = torch.cat((latent, rotary_key), dim=-1)[:, None], latent[:, None]"
FOUND = "found = self.decode(query.transpose(1, 2), key, value, scores)"
MADE = 'return torch.einsum("bhtr,hvr->bthv", found, W_v)'

ATTENTION = "latent.MultiHeadLatentAttention"

MISTAKES = {
    f"{ATTENTION}.__init__": {
        "super().__init__() forgotten": ("super().__init__()", "pass"),
        "grouped heads let through": ("config.n_kv_head != config.n_head or ", ""),
        "a gate let through": (" or config.attention_gate:", ":"),
        "everything let through": (REFUSED, "if False:"),
        "refused only together": (" or config.attention_gate:", " and config.attention_gate:"),
        "grouped heads refused, but not multi-query": (
            "config.n_kv_head != config.n_head or",
            "1 < config.n_kv_head < config.n_head or",
        ),
        "the scale of the content only": (SCALE, SCALE.replace("key_dim", "self.head_dim")),
        "the scale of the rotary part only": (SCALE, SCALE.replace("key_dim", "self.rope_head_dim")),
        "the scale of the latent": (SCALE, SCALE.replace("key_dim", "config.latent_rank")),
        "the scale of the value": (SCALE, SCALE.replace("key_dim", "self.value_head_dim")),
        "the scale the root itself": (SCALE, SCALE.replace("-0.5", "0.5")),
        "a scale of its own ignored": (SCALE, "self.scale = key_dim**-0.5"),
        "a scale of its own multiplied": (SCALE, "self.scale = key_dim**-0.5 * (config.score_scale or 1.0)"),
        "the rotary part inside the head": (
            KEY_DIM,
            f"self.head_dim -= self.rope_head_dim // 2\n        {KEY_DIM}",
        ),
        "values always as large as content": (
            "config.value_head_dim or config.head_dim",
            "config.head_dim",
        ),
        "the size of a value None": ("config.value_head_dim or config.head_dim", "config.value_head_dim"),
        "values as large as keys": (
            "config.value_head_dim or config.head_dim",
            "config.value_head_dim or config.head_dim + config.rope_head_dim",
        ),
        "head_dim not kept": (
            "self.head_dim, self.rope_head_dim = config.head_dim, config.rope_head_dim",
            "self.rope_head_dim = config.rope_head_dim\n        self.head_dim = config.n_embd // config.n_head",
        ),
        "the sizes of the two parts swapped": (
            "self.head_dim, self.rope_head_dim = config.head_dim, config.rope_head_dim",
            "self.rope_head_dim, self.head_dim = config.head_dim, config.rope_head_dim",
        ),
        "latent and rotary key from one projection": (
            LATENT_PROJ,
            LATENT_PROJ.replace("config.latent_rank", "config.latent_rank + config.rope_head_dim"),
        ),
        "the latent never with a bias": (LATENT_PROJ, LATENT_PROJ.replace("bias=config.bias", "bias=False")),
        "the latent always with a bias": (LATENT_PROJ, LATENT_PROJ.replace(", bias=config.bias", "")),
        "a rotary key for every head": (
            ROTARY_KEY_PROJ,
            ROTARY_KEY_PROJ.replace("config.rope_head_dim", "config.n_head * config.rope_head_dim"),
        ),
        "the rotary key from the latent": (
            ROTARY_KEY_PROJ,
            ROTARY_KEY_PROJ.replace("config.n_embd", "config.latent_rank"),
        ),
        "the rotary key never with a bias": (
            ROTARY_KEY_PROJ,
            ROTARY_KEY_PROJ.replace("bias=config.bias", "bias=False"),
        ),
        "the rotary key forgotten": (ROTARY_KEY_PROJ, "pass"),
        "the latent's norm forgotten": (LATENT_NORM, "self.latent_norm = nn.Identity()"),
        "the latent's norm with the eps of the rest": (
            LATENT_NORM,
            LATENT_NORM.replace("LATENT_EPS", "config.norm_eps"),
        ),
        "a layer norm for the latent": (LATENT_NORM, "self.latent_norm = nn.LayerNorm(config.latent_rank, LATENT_EPS)"),
        "the latent's norm without weights": (
            LATENT_NORM,
            "self.latent_norm = nn.RMSNorm(config.latent_rank, LATENT_EPS, elementwise_affine=False)",
        ),
        "the latent's norm over latent and rotary key": (
            LATENT_NORM,
            LATENT_NORM.replace("config.latent_rank", "config.latent_rank + config.rope_head_dim"),
        ),
        "keys with a bias": (K_FROM_LATENT, K_FROM_LATENT.replace("bias=False", "bias=config.bias")),
        "values with a bias": (V_FROM_LATENT, V_FROM_LATENT.replace("bias=False", "bias=config.bias")),
        "queries with a bias": (Q_PROJ, Q_PROJ.replace("bias=False", "bias=config.bias")),
        "keys with the rotary part": (K_FROM_LATENT, K_FROM_LATENT.replace("self.head_dim", "key_dim")),
        "keys of one head": (K_FROM_LATENT, K_FROM_LATENT.replace("config.n_head * ", "")),
        "keys from the token": (K_FROM_LATENT, K_FROM_LATENT.replace("config.latent_rank", "config.n_embd")),
        "values as large as the content of keys": (
            V_FROM_LATENT,
            V_FROM_LATENT.replace("self.value_head_dim", "self.head_dim"),
        ),
        "values from the keys' weights": (V_FROM_LATENT, "self.v_from_latent = self.k_from_latent"),
        "a latent for queries always": ("if rank is not None:", "rank = rank or config.latent_rank\n        if True:"),
        "a latent for queries never": (
            "rank = config.query_latent_rank",
            "rank = None",
        ),
        "the queries' latent as large as the other": (
            "rank = config.query_latent_rank",
            "rank = config.query_latent_rank and config.latent_rank",
        ),
        "the queries' latent never with a bias": (
            QUERY_LATENT_PROJ,
            QUERY_LATENT_PROJ.replace("bias=config.bias", "bias=False"),
        ),
        "the queries' norm forgotten": (QUERY_LATENT_NORM, "self.query_latent_norm = nn.Identity()"),
        "the queries' norm with the eps of the rest": (
            QUERY_LATENT_NORM,
            QUERY_LATENT_NORM.replace("LATENT_EPS", "config.norm_eps"),
        ),
        "one norm for both latents": (QUERY_LATENT_NORM, "self.query_latent_norm = self.latent_norm"),
        "queries from the token in spite of their latent": (Q_PROJ, Q_PROJ.replace("rank or ", "")),
        "queries without the rotary part": (Q_PROJ, Q_PROJ.replace("key_dim", "self.head_dim")),
        "one rotary part for the queries of all heads": (
            Q_PROJ,
            Q_PROJ.replace("config.n_head * key_dim", "config.n_head * self.head_dim + self.rope_head_dim"),
        ),
        "the output from content": (O_PROJ, O_PROJ.replace("self.value_head_dim", "self.head_dim")),
        "the output from whole keys": (O_PROJ, O_PROJ.replace("self.value_head_dim", "key_dim")),
        "the output from the width": (O_PROJ, O_PROJ.replace("config.n_head * self.value_head_dim", "config.n_embd")),
        "the output never with a bias": (O_PROJ, O_PROJ.replace("bias=config.bias", "bias=False")),
        "the output always with a bias": (O_PROJ, O_PROJ.replace(", bias=config.bias", "")),
        "no QK norms": (NORMS, "self.q_norm, self.k_norm = nn.Identity(), nn.Identity()"),
        "one QK norm for both": (NORMS, "self.q_norm = self.k_norm = build_qk_norm(config, config.n_head)"),
        "the keys' norm for one head": (
            NORMS,
            "self.q_norm, self.k_norm = build_qk_norm(config, config.n_head), build_qk_norm(config, 1)",
        ),
        "absorbs always": ('config.qk_norm == "off"', "True"),
        "absorbs never": ('config.qk_norm == "off"', "False"),
        "absorbs with norms that have no weights": (
            'config.qk_norm == "off"',
            'config.qk_norm == "off" or config.qk_normalization.endswith("noparam")',
        ),
        "absorbs the other way round": ('config.qk_norm == "off"', 'config.qk_norm != "off"'),
        "dropout forgotten": ("self.dropout = nn.Dropout(config.dropout)", "self.dropout = nn.Dropout(0.0)"),
        "dropout of a half": ("self.dropout = nn.Dropout(config.dropout)", "self.dropout = nn.Dropout()"),
        "the backend fixed": (
            "self.backend = build_backend(config)",
            "from .backends import manual_attention\n        self.backend = manual_attention",
        ),
        "the soft cap forgotten": ("self.softcap = config.attention_softcap", "self.softcap = None"),
        "the soft cap of the logits": (
            "self.softcap = config.attention_softcap",
            "self.softcap = config.logit_softcap",
        ),
        "sinks always": (SINKS, SINKS.removesuffix(" if config.attention_sinks else None")),
        "sinks never": (SINKS, "self.sinks = None"),
        "sinks of one": (SINKS, SINKS.replace("zeros", "ones")),
        "one sink for all heads": (SINKS, SINKS.replace("config.n_head", "1")),
        "sinks that are not learned": (
            SINKS,
            SINKS.replace("nn.Parameter(torch.zeros(config.n_head))", "torch.zeros(config.n_head)"),
        ),
    },
    f"{ATTENTION}.forward": {
        "the queries' latent left out": (
            SOURCE,
            "source = x if not self.has_query_latent else x[..., : self.q_proj.in_features]",
        ),
        "the queries' norm forgotten": (SOURCE, "source = self.query_latent_proj(x) if self.has_query_latent else x"),
        "the token normed before the queries' latent": (
            SOURCE,
            "source = self.query_latent_proj(nn.functional.rms_norm(x, x.shape[-1:])) if self.has_query_latent else x",
        ),
        "the queries' latent normed by the other norm": (
            SOURCE,
            "source = x\n        if self.has_query_latent:\n"
            "            low = self.query_latent_proj(x)\n"
            "            source = nn.functional.rms_norm(low, low.shape[-1:], eps=1e-6)",
        ),
        "queries from the other latent": (
            SOURCE,
            "source = x\n        if self.has_query_latent:\n"
            "            low = self.latent_norm(self.latent_proj(x))\n"
            "            source = nn.functional.pad(low, (0, self.q_proj.in_features - low.size(-1)))",
        ),
        "the rotary part first": (
            SPLIT,
            "rotary, content = query.split((self.rope_head_dim, self.head_dim), dim=-1)",
        ),
        "all content first, then all rotary parts": (
            SPLIT,
            "flat = query.flatten(2).split((self.n_head * self.head_dim, self.n_head * self.rope_head_dim), dim=-1)\n"
            "        content, rotary = (part.unflatten(-1, (self.n_head, -1)) for part in flat)",
        ),
        "heads behind their numbers": (
            SPLIT,
            f"query = query.reshape(B, T, -1, self.n_head).transpose(2, 3)\n        {SPLIT}",
        ),
        "the rotary part of the first head for all": (
            SPLIT,
            f"{SPLIT}\n        rotary = rotary[:, :, :1].expand_as(rotary)",
        ),
        "the queries not turned": (TURNED, "content = self.q_norm(content)"),
        "the content turned too": (
            TURNED,
            "content, rotary = self.q_norm(content), context.rotate(rotary)\n"
            "        pairs = content.size(-1) // 2\n"
            "        if context.cos is not None:\n"
            "            cos, sin = context.cos[..., :pairs], context.sin[..., :pairs]\n"
            "            content = context._replace(cos=cos, sin=sin).rotate(content)",
        ),
        "the whole query turned": (
            TURNED,
            "content, rotary = context.rotate(torch.cat((self.q_norm(content), rotary), dim=-1)).split(\n"
            "            (self.head_dim, self.rope_head_dim), dim=-1)",
        ),
        "the queries turned twice": (
            TURNED,
            TURNED.replace("context.rotate(rotary)", "context.rotate(context.rotate(rotary))"),
        ),
        "the rotary part normed": (
            TURNED,
            "content, rotary = self.q_norm(content), context.rotate(nn.functional.rms_norm(rotary, rotary.shape[-1:]))",
        ),
        "content not normed": (TURNED, "rotary = context.rotate(rotary)"),
        "the whole query normed": (
            TURNED,
            "query = nn.functional.rms_norm(query, query.shape[-1:], eps=1e-2)\n"
            "        content, rotary = query.split((self.head_dim, self.rope_head_dim), dim=-1)\n"
            "        rotary = context.rotate(rotary)",
        ),
        "content normed by the keys' norm": (TURNED, TURNED.replace("self.q_norm", "self.k_norm")),
        "the latent's norm forgotten": (LATENT, "latent = self.latent_proj(x)"),
        "the token normed, not the latent": (
            LATENT,
            "latent = self.latent_proj(nn.functional.rms_norm(x, x.shape[-1:], eps=1e-6))",
        ),
        "the latent normed without weights": (
            LATENT,
            "latent = nn.functional.rms_norm(self.latent_proj(x), (self.latent_proj.out_features,), eps=1e-6)",
        ),
        "the latent normed with the eps of the rest": (
            LATENT,
            "latent = nn.functional.rms_norm(\n"
            "            self.latent_proj(x), (self.latent_proj.out_features,), self.latent_norm.weight, 1e-2)",
        ),
        "the latent normed twice": (LATENT, "latent = self.latent_norm(self.latent_norm(self.latent_proj(x)))"),
        "the latent's gradient cut": (LATENT, "latent = self.latent_norm(self.latent_proj(x)).detach()"),
        "the rotary key not turned": (ROTARY_KEY, "rotary_key = self.rotary_key_proj(x)"),
        "the rotary key normed": (
            ROTARY_KEY,
            "rotary_key = nn.functional.rms_norm(self.rotary_key_proj(x), (self.rope_head_dim,))\n"
            "        rotary_key = context.rotate(rotary_key[:, :, None, :]).squeeze(2)",
        ),
        "the rotary key turned as one sequence of heads": (
            ROTARY_KEY,
            "rotary_key = context.rotate(self.rotary_key_proj(x)[:, None]).squeeze(1)",
        ),
        "the rotary key left with its axis": (ROTARY_KEY, ROTARY_KEY.removesuffix(".squeeze(2)")),
        "the rotary key turned after it was recalled": (
            f"{ROTARY_KEY}\n        {RECALL}",
            "key_position, latent, rotary_key = context.recall(latent, self.rotary_key_proj(x))\n"
            "        rotary_key = context.rotate(rotary_key[:, :, None, :]).squeeze(2)",
        ),
        "the rotary key turned again after it was recalled": (
            RECALL,
            f"{RECALL}\n        if context.cache is None:\n"
            "            rotary_key = context.rotate(rotary_key[:, :, None, :]).squeeze(2)",
        ),
        "the cache not asked": (RECALL, "key_position = context.position"),
        "the cache asked for the latent only": (
            RECALL,
            "key_position, latent = context.recall(latent)",
        ),
        "the cache asked twice": (
            RECALL,
            "key_position, latent = context.recall(latent)[:2]\n        rotary_key = context.recall(rotary_key)[1]",
        ),
        "latents normed after they were recalled": (
            RECALL,
            "key_position, latent, rotary_key = context.recall(self.latent_proj(x), rotary_key)\n"
            "        latent = self.latent_norm(latent)",
        ),
        "latent and rotary key swapped in the cache": (
            RECALL,
            "key_position, rotary_key, latent = context.recall(rotary_key, latent)",
        ),
        "keys in the cache, not latents": (
            RECALL,
            "key_position, _, rotary_key = context.recall(self.k_from_latent(latent), rotary_key)",
        ),
        "the new latents only": (
            RECALL,
            f"new, turned = latent, rotary_key\n        {RECALL}\n"
            "        latent, rotary_key, key_position = new, turned, context.position",
        ),
        "naive always": (ATTEND, "attend = self.naive"),
        "absorbed always": (ATTEND, "attend = self.absorbed"),
        "absorbed wherever it is possible": (ATTEND, "attend = self.absorbed if self.can_absorb else self.naive"),
        "absorbed with any cache": (
            ATTEND,
            "attend = self.absorbed if context.cache is not None and self.can_absorb else self.naive",
        ),
        "absorbed for one token only": (
            ATTEND,
            "attend = self.absorbed if T == 1 and self.absorbs(T, context) else self.naive",
        ),
        "the ways swapped": (ATTEND, "attend = self.naive if self.absorbs(T, context) else self.absorbed"),
        "absorbs asked about what is remembered": (ATTEND, ATTEND.replace("(T, context)", "(latent.size(1), context)")),
        "positions of the new tokens for the keys": (OUT, OUT.replace("key_position))", "context.position))")),
        "content and rotary part swapped": (OUT, OUT.replace("content, rotary,", "rotary, content,")),
        "dropout forgotten": (BACK, "return self.o_proj(out.flatten(2))"),
        "dropout before the projection": (BACK, "return self.o_proj(self.dropout(out.flatten(2)))"),
        "dropout twice": (BACK, "return self.dropout(self.o_proj(self.dropout(out.flatten(2))))"),
        "heads not laid side by side": (BACK, BACK.replace("out.flatten(2)", "out.transpose(2, 3).flatten(2)")),
        "heads and tokens mixed": (BACK, BACK.replace("out.flatten(2)", "out.transpose(1, 2).reshape(B, T, -1)")),
        "not projected": (BACK, "return self.dropout(out.flatten(2))"),
        "what came in added": (BACK, BACK.replace("return ", "return x + ")),
        "result in float32": (BACK, f"{BACK}.float()"),
    },
    f"{ATTENTION}.naive": {
        "the keys' norm forgotten": (KEY, "key = self.k_from_latent(latent).view(B, Tk, self.n_head, self.head_dim)"),
        "the latent normed again": (KEY, KEY.replace("(latent)", "(self.latent_norm(latent))")),
        "whole keys normed": (
            f"{KEY}\n        {WHOLE_KEY}",
            "key = self.k_from_latent(latent).view(B, Tk, self.n_head, self.head_dim)\n"
            "        key = torch.cat((key, rotary_key[:, :, None, :].expand(-1, -1, self.n_head, -1)), dim=-1)\n"
            "        key = nn.functional.rms_norm(key, key.shape[-1:], eps=1e-2)",
        ),
        "the keys normed by the queries' norm": (KEY, KEY.replace("self.k_norm", "self.q_norm")),
        "the queries normed again": (QUERY, "query = torch.cat((self.q_norm(content), rotary), dim=-1)"),
        "keys' numbers before their heads": (
            KEY,
            KEY.replace(
                "view(B, Tk, self.n_head, self.head_dim)", "view(B, Tk, self.head_dim, self.n_head).transpose(2, 3)"
            ),
        ),
        "values' numbers before their heads": (
            VALUE,
            VALUE.replace(
                "view(B, Tk, self.n_head, self.value_head_dim)",
                "view(B, Tk, self.value_head_dim, self.n_head).transpose(2, 3)",
            ),
        ),
        "the first head's keys for all": (KEY, f"{KEY}[:, :, :1].expand(-1, -1, self.n_head, -1)"),
        "keys from the values' weights": (
            KEY,
            "weight = nn.functional.pad(self.v_from_latent.weight, (0, 0, 0, self.n_head * self.head_dim))\n"
            "        key = (latent @ weight[: self.n_head * self.head_dim].T).view(B, Tk, self.n_head, self.head_dim)",
        ),
        "values from the keys' weights": (VALUE, "value = key[..., : self.value_head_dim]"),
        "values from the keys": (VALUE, "value = torch.cat((key, key), dim=-1)[..., -self.value_head_dim :]"),
        "values from the queries' tokens": (VALUE, f"{VALUE}[:, -content.size(1) :]"),
        "values normed too": (VALUE, f"{VALUE}\n        value = nn.functional.rms_norm(value, value.shape[-1:])"),
        "the latent's gradient cut on the way to values": (VALUE, VALUE.replace("(latent)", "(latent.detach())")),
        "the rotary key first": (
            WHOLE_KEY,
            WHOLE_KEY.replace(
                "(key, rotary_key[:, :, None, :].expand(-1, -1, self.n_head, -1))",
                "(rotary_key[:, :, None, :].expand(-1, -1, self.n_head, -1), key)",
            ),
        ),
        "the rotary part of the query first": (QUERY, "query = torch.cat((rotary, content), dim=-1)"),
        "the rotary key forgotten": (
            WHOLE_KEY,
            "key = nn.functional.pad(key, (0, rotary_key.size(-1)))",
        ),
        "the rotary part of the query forgotten": (QUERY, "query = torch.cat((content, 0 * rotary), dim=-1)"),
        "the rotary key added to the key": (
            f"{WHOLE_KEY}\n",
            "key = key + nn.functional.pad(rotary_key, (0, self.head_dim))[:, :, None, : self.head_dim]\n"
            "        key = nn.functional.pad(key, (0, rotary_key.size(-1)))\n",
        ),
        "the rotary key for the first head only": (
            WHOLE_KEY,
            "first = torch.zeros(self.n_head, 1, dtype=key.dtype)\n"
            "        first[0] = 1\n"
            "        key = torch.cat((key, rotary_key[:, :, None, :] * first), dim=-1)",
        ),
        "the rotary key divided among the heads": (
            WHOLE_KEY,
            WHOLE_KEY.replace("expand(-1, -1, self.n_head, -1)", "expand(-1, -1, self.n_head, -1) / self.n_head"),
        ),
        "tokens of the rotary key in another order": (
            WHOLE_KEY,
            WHOLE_KEY.replace("rotary_key[", "rotary_key.flip(1)["),
        ),
        "heads not in front": (BACKEND, "out = self.backend(query, key, value, scores).transpose(1, 2)"),
        "heads in front of keys only": (
            BACKEND,
            BACKEND.replace("value.transpose(1, 2)", "value.reshape(B, self.n_head, Tk, -1)"),
        ),
        "heads and tokens mixed": (
            BACKEND,
            BACKEND.replace("query.transpose(1, 2)", "query.reshape(B, self.n_head, query.size(1), -1)"),
        ),
        "heads left in front": ("return out.transpose(1, 2)", "return out"),
        "heads and tokens mixed on the way back": (
            "return out.transpose(1, 2)",
            "return out.reshape(B, out.size(2), self.n_head, -1)",
        ),
        "keys and values swapped": (
            BACKEND,
            BACKEND.replace("key.transpose(1, 2), value.transpose(1, 2)", "value.transpose(1, 2), key.transpose(1, 2)"),
        ),
        "the scale twice": (QUERY, f"{QUERY} * scores.scale"),
        "the module's scale for that of the scores": (
            BACKEND,
            BACKEND.replace(", scores)", ", scores._replace(scale=self.scale))"),
        ),
        "the backend not asked": (
            BACKEND,
            "fit = torch.einsum('bthd,bshd->bhts', query, key) * scores.scale\n"
            "        weights = fit.masked_fill(~scores.visible(), float('-inf')).softmax(-1)\n"
            "        out = torch.einsum('bhts,bshd->bhtd', weights, value)",
        ),
        "torch's attention whatever the backend": (
            BACKEND,
            "out = sdpa_attention(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), scores)",
        ),
        "everything seen": (
            BACKEND,
            BACKEND.replace(", scores)", ", scores._replace(query_position=scores.query_position + 99))"),
        ),
        "the window forgotten": (BACKEND, BACKEND.replace(", scores)", ", scores._replace(window=None))")),
        "sinks forgotten": (BACKEND, BACKEND.replace(", scores)", ", scores._replace(sinks=None))")),
    },
    f"{ATTENTION}.absorbed": {
        "naive after all": (
            W_K,
            f"return self.naive(content, rotary, latent, rotary_key, scores)\n        {W_K}",
        ),
        "keys made from the latents": (
            LATENTS,
            "key = torch.einsum('bsr,hdr->bhsd', latent, W_k)\n"
            "        key = torch.cat((key, rotary_key[:, None].expand(-1, self.n_head, -1, -1)), dim=-1)\n"
            "        query = torch.cat((content, rotary), dim=-1)\n"
            "        value = latent[:, None].expand(-1, self.n_head, -1, -1)",
        ),
        "W_k the wrong way round": (
            W_K,
            "W_k = self.k_from_latent.weight.view(-1, self.n_head, self.head_dim).permute(1, 2, 0)",
        ),
        "W_k's numbers before its heads": (
            W_K,
            "W_k = self.k_from_latent.weight.view(self.head_dim, self.n_head, -1).transpose(0, 1)",
        ),
        "W_k of the first head for all": (W_K, f"{W_K}[:1].expand(self.n_head, -1, -1)"),
        "W_k of the values": (
            W_K,
            "W_k = self.v_from_latent.weight.view(self.n_head, self.value_head_dim, -1)\n"
            "        W_k = nn.functional.pad(W_k, (0, 0, 0, self.head_dim))[:, : self.head_dim]",
        ),
        "W_k not let through to its gradient": (W_K, W_K.replace(".weight.view", ".weight.detach().view")),
        "W_v's numbers before its heads": (
            W_V,
            "W_v = self.v_from_latent.weight.view(self.value_head_dim, self.n_head, -1).transpose(0, 1)",
        ),
        "W_v of the first head for all": (W_V, f"{W_V}[:1].expand(self.n_head, -1, -1)"),
        "W_v of the keys": (
            W_V,
            "W_v = self.k_from_latent.weight.view(self.n_head, self.head_dim, -1)\n"
            "        W_v = nn.functional.pad(W_v, (0, 0, 0, self.value_head_dim))[:, : self.value_head_dim]",
        ),
        "W_v not let through to its gradient": (W_V, W_V.replace(".weight.view", ".weight.data.view")),
        "queries of the wrong heads": (ABSORBED_QUERY, ABSORBED_QUERY.replace("content, W_k", "content, W_k.flip(0)")),
        "queries summed over the heads": (ABSORBED_QUERY, ABSORBED_QUERY.replace("bthd,hdr->bthr", "bthd,gdr->bthr")),
        "queries not absorbed": (
            ABSORBED_QUERY,
            "content = nn.functional.pad(content, (0, latent.size(-1)))[..., : latent.size(-1)]\n"
            "        query = torch.cat((content, rotary), dim=-1)",
        ),
        "the rotary part of the query first": (
            ABSORBED_QUERY,
            ABSORBED_QUERY.replace(
                '(torch.einsum("bthd,hdr->bthr", content, W_k), rotary)',
                '(rotary, torch.einsum("bthd,hdr->bthr", content, W_k))',
            ),
        ),
        "the rotary part of the query forgotten": (
            ABSORBED_QUERY,
            ABSORBED_QUERY.replace(", rotary)", ", 0 * rotary)"),
        ),
        "the rotary part absorbed too": (
            ABSORBED_QUERY,
            ABSORBED_QUERY.replace(", rotary)", ", rotary * W_k.mean())"),
        ),
        "the rotary key first": (LATENTS, LATENTS.replace("(latent, rotary_key)", "(rotary_key, latent)")),
        "the rotary key forgotten": (LATENTS, LATENTS.replace("(latent, rotary_key)", "(latent, 0 * rotary_key)")),
        "the latent normed again": (LATENTS, f"latent = self.latent_norm(latent)\n        {LATENTS}"),
        "values with the rotary key": (
            LATENTS,
            "key = torch.cat((latent, rotary_key), dim=-1)[:, None]\n"
            "        value = key.roll(rotary_key.size(-1), -1)[..., : latent.size(-1)]",
        ),
        "the same for all heads, written out": (
            FOUND,
            "key, value = (x.repeat(1, self.n_head, 1, 1) for x in (key, value))\n        " + FOUND,
        ),
        "the scale of the latent": (
            FOUND,
            FOUND.replace(", scores)", ", scores._replace(scale=latent.size(-1) ** -0.5))"),
        ),
        "the module's scale for that of the scores": (
            FOUND,
            FOUND.replace(", scores)", ", scores._replace(scale=self.scale))"),
        ),
        "the scale twice": (FOUND, FOUND.replace("query.transpose", "(query * scores.scale).transpose")),
        "heads not in front": (FOUND, "found = self.decode(query.flatten(1, 2)[:, None], key, value, scores)"),
        "heads and tokens mixed": (
            FOUND,
            FOUND.replace("query.transpose(1, 2)", "query.reshape(query.size(0), self.n_head, query.size(1), -1)"),
        ),
        "the backend not asked": (
            FOUND,
            "fit = (query.transpose(1, 2) @ key.mT * scores.scale).masked_fill(~scores.visible(), float('-inf'))\n"
            "        found = fit.softmax(-1) @ value",
        ),
        "torch's attention whatever the backend": (
            FOUND,
            "found = sdpa_attention(query.transpose(1, 2), key, value, scores)",
        ),
        "everything seen": (
            FOUND,
            FOUND.replace(", scores)", ", scores._replace(query_position=scores.query_position + 99))"),
        ),
        "the window forgotten": (FOUND, FOUND.replace(", scores)", ", scores._replace(window=None))")),
        "sinks forgotten": (FOUND, FOUND.replace(", scores)", ", scores._replace(sinks=None))")),
        "what was found not made into values": (MADE, "return found.transpose(1, 2)"),
        "values summed over the heads": (MADE, MADE.replace("bhtr,hvr->bthv", "bgtr,hvr->bthv")),
        "values of the wrong heads": (MADE, MADE.replace("found, W_v", "found, W_v.flip(0)")),
        "heads left in front": (MADE, MADE.replace("->bthv", "->bhtv")),
        "numbers before heads": (MADE, MADE.replace("->bthv", "->btvh")),
        "heads laid side by side already": (MADE, f"{MADE}.flatten(2)"),
        "result in float32": (MADE, f"{MADE}.float()"),
    },
}
