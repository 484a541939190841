"""The checks reject wrong answers: every known mistake, put into the reference's own text, must be found out.

Each mistake is one edit of one piece: a text that stands in it exactly once, and what somebody writes instead.
"""

import pytest
import torch

from scripts.workshop.checking import check_piece
from scripts.workshop.pieces import BY_ID, PIECES
from scripts.workshop.skeleton import REFERENCE
from scripts.workshop.source import Source

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
        "embedding norm not created": ("self.embedding_norm = build_norm(config)", "pass"),
        "head with a bias": ("config.vocab_size, bias=False)", "config.vocab_size)"),
        "head tied to the embedding": (
            "self.lm_head = nn.Linear(config.n_embd, config.vocab_size, bias=False)",
            "self.lm_head = nn.Linear(config.n_embd, config.vocab_size, bias=False)\n"
            "        self.lm_head.weight = self.token_embedding.weight",
        ),
        "blocks in a plain list": (
            "nn.ModuleList(Block(config) for _ in range(config.n_layer))",
            "[Block(config) for _ in range(config.n_layer)]",
        ),
        "one block, repeated": (
            "nn.ModuleList(Block(config) for _ in range(config.n_layer))",
            "nn.ModuleList([Block(config)] * config.n_layer)",
        ),
        "one block too few": ("range(config.n_layer)", "range(1, config.n_layer)"),
        "number of layers hard-coded": ("range(config.n_layer)", "range(2)"),
        "a learned final norm": (
            "self.config = config",
            "self.config = config\n        self.norm = nn.RMSNorm(config.n_embd)",
        ),
        "tables of the full width": ("(config.head_dim, config.max_seq_len", "(config.n_embd, config.max_seq_len"),
        "tables ten times as long": (
            "config.max_seq_len, config.rope_theta",
            "10 * config.max_seq_len, config.rope_theta",
        ),
        "rotary base hard-coded": ("config.rope_theta)", "10000.0)"),
        "cosines and sines swapped": ("cos, sin = precompute", "sin, cos = precompute"),
        "tables saved with the weights": ('("cos", cos, persistent=False)', '("cos", cos)'),
        "tables as plain attributes": ('self.register_buffer("sin", sin, persistent=False)', "self.sin = sin"),
        "tables as parameters": (
            'self.register_buffer("cos", cos, persistent=False)',
            "self.cos = nn.Parameter(cos, requires_grad=False)",
        ),
        "buffers under another name": ('"cos", cos', '"rotary_cos", cos'),
    },
    "blocks.Block.__init__": {
        "super().__init__() forgotten": ("super().__init__()", "pass"),
        "one norm for both": ("self.mlp_norm = build_norm(config)", "self.mlp_norm = self.attn_norm"),
        "a norm forgotten": ("self.attn_norm = build_norm(config)", "pass"),
        "always layer norm": ("self.attn_norm = build_norm(config)", "self.attn_norm = nn.LayerNorm(config.n_embd)"),
        "attn and mlp swapped": ("self.attn = CausalSelfAttention(config)", "self.attn = MLP(config)"),
        "mlp forgotten": ("self.mlp = MLP(config)", "pass"),
        "mlp under another name": ("self.mlp = MLP(config)", "self.ffn = MLP(config)"),
        "a learned norm": ("self.mlp = MLP(config)", "self.mlp, self.norm = MLP(config), nn.RMSNorm(config.n_embd)"),
        "classes kept, not made": ("self.mlp = MLP(config)", "self.mlp = MLP"),
    },
    "attention.CausalSelfAttention.__init__": {
        "super().__init__() forgotten": ("super().__init__()", "pass"),
        "queries with a bias": (
            "self.q_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim, bias=False)",
            "self.q_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim)",
        ),
        "output with a bias": ("config.head_dim, config.n_embd, bias=False)", "config.head_dim, config.n_embd)"),
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
            "self.v_proj = nn.Linear(config.n_embd, config.n_kv_head * config.head_dim, bias=False)",
            "self.v_proj = self.k_proj",
        ),
        "output projection under another name": ("self.o_proj", "self.out_proj"),
        "n_kv_head is n_head": ("self.n_kv_head = config.n_kv_head", "self.n_kv_head = config.n_head"),
        "head_dim by key/value heads": (
            "self.head_dim = config.head_dim",
            "self.head_dim = config.n_embd // config.n_kv_head",
        ),
        "head_dim not kept": ("self.head_dim = config.head_dim", "pass"),
        "norm_eps hard-coded": ("self.norm_eps = config.norm_eps", "self.norm_eps = 1e-6"),
        "norm_eps not kept": ("self.norm_eps = config.norm_eps", "pass"),
    },
    "feed_forward.MLP.__init__": {
        "super().__init__() forgotten": ("super().__init__()", "pass"),
        "up with a bias": (
            "nn.Linear(config.n_embd, 4 * config.n_embd, bias=False)",
            "nn.Linear(config.n_embd, 4 * config.n_embd)",
        ),
        "down with a bias": (
            "nn.Linear(4 * config.n_embd, config.n_embd, bias=False)",
            "nn.Linear(4 * config.n_embd, config.n_embd)",
        ),
        "only twice as wide": ("(config.n_embd, 4 * config.n_embd", "(config.n_embd, 2 * config.n_embd"),
        "width hard-coded": ("(config.n_embd, 4 * config.n_embd", "(config.n_embd, 96"),
        "up and down swapped": (
            "self.up_proj = nn.Linear(config.n_embd, 4 * config.n_embd",
            "self.up_proj = nn.Linear(4 * config.n_embd, config.n_embd",
        ),
        "down_proj under another name": ("self.down_proj", "self.out_proj"),
        "sizes in a tuple": (
            "nn.Linear(4 * config.n_embd, config.n_embd, bias=False)",
            "nn.Linear((4 * config.n_embd, config.n_embd))",
        ),
    },
    "positions.precompute_rotary_tables": {
        "base hard-coded": ("theta ** -", "10000.0 ** -"),
        "base not raised": ("theta ** -(torch", "theta * -(torch"),
        "exponent positive": ("theta ** -(", "theta ** ("),
        "frequencies over 2 * head_dim": ("2) / head_dim)", "2) / (2 * head_dim))"),
        "exponent twice too small": (
            "torch.arange(0, head_dim, 2) / head_dim",
            "torch.arange(head_dim // 2) / head_dim",
        ),
        "exponent up to one, as in tensor2tensor": (
            "torch.arange(0, head_dim, 2) / head_dim",
            "torch.arange(head_dim // 2) / max(head_dim // 2 - 1, 1)",
        ),
        "pairs from 1": ("torch.arange(0, head_dim, 2)", "torch.arange(2, head_dim + 2, 2)"),
        "one frequency per number, not per pair": ("torch.arange(0, head_dim, 2)", "torch.arange(0, head_dim)"),
        "every frequency twice": (
            "torch.arange(0, head_dim, 2) / head_dim",
            "torch.arange(0, head_dim, 2).repeat(2) / head_dim",
        ),
        "whole-number division": ("2) / head_dim", "2) // head_dim"),
        "positions from 1": ("torch.arange(length, dtype", "torch.arange(1, length + 1, dtype"),
        "one position too few": ("torch.arange(length, dtype", "torch.arange(length - 1, dtype"),
        "positions divided by the length": (
            "dtype=frequency.dtype), frequency)",
            "dtype=frequency.dtype) / length, frequency)",
        ),
        "pairs by positions": (", frequency)", ", frequency).T"),
        "angle in turns": ("angle.cos(), angle.sin()", "(2 * torch.pi * angle).cos(), (2 * torch.pi * angle).sin()"),
        "angle in degrees": ("angle.cos(), angle.sin()", "angle.deg2rad().cos(), angle.deg2rad().sin()"),
        "sines first": ("angle.cos(), angle.sin()", "angle.sin(), angle.cos()"),
        "turned backwards": ("angle.cos(), angle.sin()", "angle.cos(), -angle.sin()"),
        "the angles, not their cosines": ("angle.cos(), angle.sin()", "angle, angle"),
        "always float64": ("angle.cos(), angle.sin()", "angle.cos().double(), angle.sin().double()"),
        "always bfloat16": ("angle.cos(), angle.sin()", "angle.cos().bfloat16(), angle.sin().bfloat16()"),
        "one complex table": ("angle.cos(), angle.sin()", "torch.polar(torch.ones_like(angle), angle)"),
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
        "head nearly zeroed": (
            "nn.init.zeros_(self.lm_head.weight)",
            "nn.init.normal_(self.lm_head.weight, std=0.001)",
        ),
        "embedding zeroed too": (
            "nn.init.zeros_(self.lm_head.weight)",
            "nn.init.zeros_(self.lm_head.weight); nn.init.zeros_(self.token_embedding.weight)",
        ),
        "attention's output projection not zeroed": ("nn.init.zeros_(block.attn.o_proj.weight)", "pass"),
        "the MLP's output projection not zeroed": ("nn.init.zeros_(block.mlp.down_proj.weight)", "pass"),
        "up_proj zeroed": ("block.mlp.down_proj", "block.mlp.up_proj"),
        "queries zeroed": ("block.attn.o_proj", "block.attn.q_proj"),
        "zeroed in the last block only": ("in self.blocks:", "in self.blocks[-1:]:"),
        "output projections ones": (
            "nn.init.zeros_(block.attn.o_proj.weight)",
            "nn.init.ones_(block.attn.o_proj.weight)",
        ),
        "zeroed first, then drawn": (
            "nn.init.zeros_(block.mlp.down_proj.weight)",
            "nn.init.zeros_(block.mlp.down_proj.weight)\n        self.apply(self._init_weights)",
        ),
        "output projections smaller instead, as in GPT-2": (
            "nn.init.zeros_(block.mlp.down_proj.weight)",
            "block.mlp.down_proj.weight.data.mul_((2 * len(self.blocks)) ** -0.5)",
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
            'f"the sequence has {T} tokens, but the rotary tables end at max_seq_len = {self.config.max_seq_len}"',
            '"the sequence is too long"',
        ),
        "too long a sequence cut in silence": (
            "if self.config.max_seq_len < T:",
            "tokens = tokens[:, -self.config.max_seq_len :]\n        T = tokens.shape[1]\n        if False:",
        ),
        "tables not cut": ("Context(self.cos[:T], self.sin[:T])", "Context(self.cos, self.sin)"),
        "row of the last position for all": (
            "Context(self.cos[:T], self.sin[:T])",
            "Context(self.cos[T - 1 : T], self.sin[T - 1 : T])",
        ),
        "cosines and sines swapped": ("Context(self.cos[:T], self.sin[:T])", "Context(self.sin[:T], self.cos[:T])"),
        "embedding norm forgotten": (
            "x = self.embedding_norm(self.token_embedding(tokens))",
            "x = self.token_embedding(tokens)",
        ),
        "embedding scaled by the root of the width": (
            "self.token_embedding(tokens)",
            "tokens.size(1) ** 0.5 * self.token_embedding(tokens)",
        ),
        "last block forgotten": ("for block in self.blocks:", "for block in self.blocks[:-1]:"),
        "blocks in reverse order": ("for block in self.blocks:", "for block in reversed(self.blocks):"),
        "blocks not chained": ("x = block(x, context)", "y = block(x, context)"),
        "a residual around each block": ("x = block(x, context)", "x = x + block(x, context)"),
        "final norm forgotten": ("self.lm_head(self.final_norm(x))", "self.lm_head(x)"),
        "final norm after the head": (
            "self.lm_head(self.final_norm(x))",
            "self.final_norm(self.lm_head(x))",
        ),
        "final norm taken for that of the embedding": ("self.final_norm(x)", "self.embedding_norm(x)"),
        "embedding norm taken for the final one": ("self.embedding_norm(self", "self.final_norm(self"),
        "logits left in bfloat16": ("logits = logits.to(torch.promote_types(logits.dtype, torch.float32))", "pass"),
        "cap computed in bfloat16, then widened": (
            "self.config.logit_softcap * torch.tanh(logits / self.config.logit_softcap)",
            "(self.config.logit_softcap * torch.tanh(logits.to(x.dtype) / self.config.logit_softcap)).to(logits.dtype)",
        ),
        "soft cap forgotten": (
            "logits = self.config.logit_softcap * torch.tanh(logits / self.config.logit_softcap)",
            "pass",
        ),
        "soft cap twice": ("* torch.tanh(logits", "* torch.tanh(torch.tanh(logits / 2) * 2 + 0 * logits"),
        "cap hard-coded": (
            "logits = self.config.logit_softcap * torch.tanh(logits /",
            "logits = 15.0 * torch.tanh(logits /",
        ),
        "cap not multiplied back": ("self.config.logit_softcap * torch.tanh(", "torch.tanh("),
        "cap not divided by": ("torch.tanh(logits / self.config.logit_softcap)", "torch.tanh(logits)"),
        "hard cap": (
            "self.config.logit_softcap * torch.tanh(logits / self.config.logit_softcap)",
            "logits.clamp(-self.config.logit_softcap, self.config.logit_softcap)",
        ),
        "probabilities, not logits": ("            return logits\n", "            return logits.softmax(-1)\n"),
        "last position's logits only": ("            return logits\n", "            return logits[:, -1:]\n"),
        "logits with targets too": ("if targets is None:", "if True:"),
        "logits and loss together": ("return F.cross_entropy(", "return logits, F.cross_entropy("),
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
            "return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-1)",
            "return torch.stack([F.cross_entropy(a, b, ignore_index=-1) for a, b in zip(logits, targets)]).mean()",
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
            "logits = self.config.logit_softcap * torch.tanh(",
            "logits = logits if targets is None else self.config.logit_softcap * torch.tanh(",
        ),
        "logits capped, loss not": (
            "logits = self.config.logit_softcap * torch.tanh(",
            "logits = logits if targets is not None else self.config.logit_softcap * torch.tanh(",
        ),
        "loss as a plain number": ("ignore_index=-1)", "ignore_index=-1).item()"),
        "gradient cut at the embedding": ("self.token_embedding(tokens))", "self.token_embedding(tokens).detach())"),
        "gradient cut between blocks": ("x = block(x, context)", "x = block(x.detach(), context)"),
        "no gradient at all": (
            "        T = tokens.shape[1]",
            "        torch.set_grad_enabled(False)\n        T = tokens.shape[1]",
        ),
        "ignored targets overwritten": (
            "return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-1)",
            "loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-1)\n"
            "        targets[targets == -1] = 0\n"
            "        return loss",
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
        "tables kept from the first call": (
            "context = Context(self.cos[:T], self.sin[:T])",
            'context = self.__dict__.setdefault("context", Context(self.cos[:T], self.sin[:T]))',
        ),
    },
    "norms.rms_norm": {
        "eps outside the root": ("torch.rsqrt(mean_square + eps)", "1 / (torch.sqrt(mean_square) + eps)"),
        "eps added to the result": ("torch.rsqrt(mean_square + eps)", "(torch.rsqrt(mean_square) + eps)"),
        "eps squared": ("mean_square + eps)", "mean_square + eps**2)"),
        "eps as a lower bound": ("mean_square + eps)", "mean_square.clamp(min=eps))"),
        "eps forgotten": ("mean_square + eps)", "mean_square)"),
        "eps hard-coded to 1e-6": ("mean_square + eps)", "mean_square + 1e-6)"),
        "eps hard-coded to 1e-5": ("mean_square + eps)", "mean_square + 1e-5)"),
        "eps inside the mean": (
            "wide.pow(2).mean(dim=-1, keepdim=True)",
            "(wide + eps).pow(2).mean(dim=-1, keepdim=True)",
        ),
        "sum of squares, not their mean": (".mean(dim=-1", ".sum(dim=-1"),
        "mean over all axes": (".mean(dim=-1, keepdim=True)", ".mean()"),
        "mean over the first axis": ("dim=-1", "dim=0"),
        "mean over the axis before the last": ("dim=-1", "dim=-2"),
        "mean over the last two axes": ("dim=-1", "dim=(-2, -1)"),
        "mean over axis 2": ("dim=-1", "dim=2"),
        "axis lost": ("dim=-1, keepdim=True", "dim=-1"),
        "mean of the sizes, not of the squares": (
            "wide.pow(2).mean(dim=-1, keepdim=True)",
            "wide.abs().mean(dim=-1, keepdim=True).pow(2)",
        ),
        "largest, not mean, square": (".mean(dim=-1, keepdim=True)", ".amax(dim=-1, keepdim=True)"),
        "variance: the mean subtracted first": (
            "wide.pow(2).mean(dim=-1, keepdim=True)",
            "wide.var(dim=-1, keepdim=True, correction=0)",
        ),
        "unbiased: divided by C - 1": (".mean(dim=-1, keepdim=True)", ".sum(dim=-1, keepdim=True) / (x.size(-1) - 1)"),
        "layer norm": ("wide = x.to(", "wide = (x - x.mean(dim=-1, keepdim=True)).to("),
        "no root": ("torch.rsqrt(mean_square + eps)", "1 / (mean_square + eps)"),
        "multiplied instead of divided": ("torch.rsqrt(", "torch.sqrt("),
        "not widened": ("wide = x.to(torch.promote_types(x.dtype, torch.float32))", "wide = x"),
        "squared before it is widened": ("wide.pow(2).mean", "x.pow(2).to(wide.dtype).mean"),
        "not narrowed again": (".to(x.dtype)", ""),
        "always float16": (".to(x.dtype)", ".half()"),
        "input scaled in place": (
            "(wide * torch.rsqrt(mean_square + eps))",
            "wide.mul_(torch.rsqrt(mean_square + eps))",
        ),
        "gradient cut at the mean square": ("keepdim=True)", "keepdim=True).detach()"),
        "no gradient at all": ("wide = x.to(", "wide = x.detach().to("),
        "rounded to three digits": (".to(x.dtype)", ".mul(1000).round().div(1000).to(x.dtype)"),
        "eps as a lower bound of the root": (
            "torch.rsqrt(mean_square + eps)",
            "1 / torch.sqrt(mean_square).clamp(min=eps)",
        ),
        "F.normalize times the root of C": (
            "wide * torch.rsqrt(mean_square + eps)",
            "torch.nn.functional.normalize(wide, dim=-1, eps=eps) * x.size(-1) ** 0.5",
        ),
    },
    "blocks.Block.forward": {
        "no residual around attention": ("x = x + self.attn(", "x = self.attn("),
        "no residual around the MLP": ("return x + self.mlp(", "return self.mlp("),
        "no norm before attention": ("self.attn(self.attn_norm(x), context)", "self.attn(x, context)"),
        "no norm before the MLP": ("self.mlp(self.mlp_norm(x))", "self.mlp(x)"),
        "residual normalised before attention": (
            "x = x + self.attn(self.attn_norm(x), context)",
            "x = self.mlp_norm(x)\n        x = x + self.attn(x, context)",
        ),
        "residual normalised before the MLP": (
            "return x + self.mlp(self.mlp_norm(x))",
            "x = self.mlp_norm(x)\n        return x + self.mlp(x)",
        ),
        "post-norm": (
            "x = x + self.attn(self.attn_norm(x), context)",
            "x = self.mlp_norm(x + self.attn(x, context))\n        return self.mlp_norm(x + self.mlp(x))",
        ),
        "output norm, as OLMo 2": (
            "x = x + self.attn(self.attn_norm(x), context)",
            "x = x + self.mlp_norm(self.attn(x, context))",
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
            "x = x + self.attn(self.attn_norm(x), context)",
            "return x + self.attn(self.attn_norm(x), context) + self.mlp(self.mlp_norm(x))",
        ),
        "MLP first": (
            "x = x + self.attn(self.attn_norm(x), context)",
            "x = x + self.mlp(self.mlp_norm(x))\n        return x + self.attn(self.attn_norm(x), context)",
        ),
        "MLP forgotten": ("return x + self.mlp(self.mlp_norm(x))", "return x"),
        "attention forgotten": ("x = x + self.attn(self.attn_norm(x), context)", "pass"),
        "attention twice": ("self.mlp(self.mlp_norm(x))", "self.attn(self.attn_norm(x), context)"),
        "first residual counted twice": (
            "x = x + self.attn(self.attn_norm(x), context)",
            "x = x + x + self.attn(self.attn_norm(x), context)",
        ),
        "branches scaled by depth": ("x = x + self.attn(", "x = x + 0.5 * self.attn("),
        "the norms swapped, first": ("self.attn(self.attn_norm(x)", "self.attn(self.mlp_norm(x)"),
        "the norms swapped, then": ("self.mlp(self.mlp_norm(x))", "self.mlp(self.attn_norm(x))"),
        "stream changed in place": ("x = x + self.attn(", "x += self.attn("),
        "gradient cut at attention": (
            "self.attn(self.attn_norm(x)",
            "self.attn(self.attn_norm(x.detach())",
        ),
        "gradient cut at the residual": ("x = x + self.attn(", "x = x.detach() + self.attn("),
        "context not handed on": (", context)\n", ")\n"),
    },
    "attention.CausalSelfAttention.forward": {
        "no scale": (" * self.head_dim**-0.5", ""),
        "scale without the root": ("self.head_dim**-0.5", "self.head_dim**-1.0"),
        "multiplied by the root": ("self.head_dim**-0.5", "self.head_dim**0.5"),
        "scale by the width, not the head": ("self.head_dim**-0.5", "x.shape[-1] ** -0.5"),
        "scale by the number of heads": ("self.head_dim**-0.5", "self.n_head**-0.5"),
        "scale by the length": ("self.head_dim**-0.5", "T**-0.5"),
        "scale after the softmax": ("* self.head_dim**-0.5", "* 1.0"),
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
        "heads joined without a transpose": ("(weights @ value).transpose(1, 2).reshape", "(weights @ value).reshape"),
        "heads joined by the wrong transpose": (
            "(weights @ value).transpose(1, 2)",
            "(weights @ value).permute(0, 2, 3, 1)",
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
        "no QK norm": ("query, key = rms_norm(query, self.norm_eps), rms_norm(key, self.norm_eps)", "pass"),
        "queries not normalised": ("query, key = rms_norm(query, self.norm_eps), rms_norm(key", "key = rms_norm(key"),
        "keys not normalised": (
            "rms_norm(query, self.norm_eps), rms_norm(key, self.norm_eps)",
            "rms_norm(query, self.norm_eps), key",
        ),
        "QK norm over all heads at once": (
            "query, key = rms_norm(query, self.norm_eps),",
            "query, key = rms_norm(query.flatten(2), self.norm_eps).view_as(query),",
        ),
        "QK norm to length one": (
            "query, key = rms_norm(query, self.norm_eps), rms_norm(key, self.norm_eps)",
            "query, key = (y / (y.pow(2).sum(-1, keepdim=True) + self.norm_eps).sqrt() for y in (query, key))",
        ),
        "eps of the QK norm hard-coded": ("rms_norm(query, self.norm_eps)", "rms_norm(query, 1e-6)"),
        "values normalised too": (
            "query, key = rms_norm(query, self",
            "value = rms_norm(value, self.norm_eps)\n        query, key = rms_norm(query, self",
        ),
        "no rotation": ("query, key = apply_rotary(query, *context), apply_rotary(key, *context)", "pass"),
        "keys not rotated": (
            "apply_rotary(query, *context), apply_rotary(key, *context)",
            "apply_rotary(query, *context), key",
        ),
        "values rotated too": (
            "query, key = apply_rotary(query, *context)",
            "value = apply_rotary(value, *context)\n        query, key = apply_rotary(query, *context)",
        ),
        "rotated twice": ("apply_rotary(query, *context), ", "apply_rotary(apply_rotary(query, *context), *context), "),
        "cosines and sines swapped": (
            "apply_rotary(query, *context), ",
            "apply_rotary(query, context.sin, context.cos), ",
        ),
        "queries turned backwards": (
            "apply_rotary(query, *context), ",
            "apply_rotary(query, context.cos, -context.sin), ",
        ),
        "queries times queries": ("key.transpose(-2, -1) *", "query.transpose(-2, -1) *"),
        "keys from the values' projection": ("key = self.k_proj(x)", "key = self.v_proj(x)"),
        "values from the keys' projection": ("value = self.v_proj(x)", "value = self.k_proj(x)"),
        "output projection forgotten": ("return self.o_proj(out)", "return out"),
        "residual added here too": ("return self.o_proj(out)", "return x + self.o_proj(out)"),
        "input normalised here too": ("B, T, _ = x.shape", "x = rms_norm(x, self.norm_eps)\n        B, T, _ = x.shape"),
        "dropout": ("(weights @ value)", "(torch.dropout(weights, 0.1, True) @ value)"),
        "gradient cut at the weights": ("(weights @ value)", "(weights.detach() @ value)"),
        "gradient cut at the keys": ("apply_rotary(key, *context)\n", "apply_rotary(key.detach(), *context)\n"),
        "result widened": ("return self.o_proj(out)", "return self.o_proj(out).float()"),
        "input changed in place": ("B, T, _ = x.shape", "B, T, _ = x.mul_(1.5).shape"),
        "scores by keys and queries, not queries and keys": (
            "query @ key.transpose(-2, -1)",
            "key @ query.transpose(-2, -1)",
        ),
        "rotated with the heads in front": (
            "query, key = apply_rotary(query, *context), apply_rotary(key, *context)",
            "query, key = (apply_rotary(y.transpose(1, 2), *context).transpose(1, 2) for y in (query, key))",
        ),
        "mask kept from the first call": (
            "future = torch.ones(T, T, dtype=torch.bool, device=x.device).triu(diagonal=1)",
            'future = self.__dict__.setdefault("future", torch.ones(T, T, dtype=torch.bool, device=x.device).triu(1))\n'
            "        future = future[:T, :T]",
        ),
        "output of the call before added": (
            "out = (weights @ value).transpose(1, 2).reshape(B, T, -1)",
            'out = (weights @ value).transpose(1, 2).reshape(B, T, -1) + getattr(self, "before", 0)\n'
            "        self.before = out.detach().mean()",
        ),
    },
    "positions.apply_rotary": {
        "turned backwards, as nanochat does": (
            "(x1 * cos - x2 * sin, x2 * cos + x1 * sin)",
            "(x1 * cos + x2 * sin, x2 * cos - x1 * sin)",
        ),
        "sign of the first half": ("x1 * cos - x2 * sin", "x1 * cos + x2 * sin"),
        "sign of the second half": ("x2 * cos + x1 * sin", "x2 * cos - x1 * sin"),
        "cosines and sines swapped": (
            "cos, sin = cos[:, None, :], sin[:, None, :]",
            "sin, cos = cos[:, None, :], sin[:, None, :]",
        ),
        "neighbours paired": ("x1, x2 = x.chunk(2, dim=-1)", "x1, x2 = x[..., ::2], x[..., 1::2]"),
        "neighbours paired and put back in their places": (
            "x1, x2 = x.chunk(2, dim=-1)",
            "x1, x2 = x[..., ::2], x[..., 1::2]\n"
            "    return torch.stack((x1 * cos - x2 * sin, x2 * cos + x1 * sin), dim=-1).flatten(-2).to(x.dtype)",
        ),
        "halves put back interleaved": (
            "torch.cat((x1 * cos - x2 * sin, x2 * cos + x1 * sin), dim=-1)",
            "torch.stack((x1 * cos - x2 * sin, x2 * cos + x1 * sin), dim=-1).flatten(-2)",
        ),
        "halves put back in the wrong order": (
            "(x1 * cos - x2 * sin, x2 * cos + x1 * sin)",
            "(x2 * cos + x1 * sin, x1 * cos - x2 * sin)",
        ),
        "second half left alone": ("x2 * cos + x1 * sin", "x2"),
        "second half turned by the new first half": (
            "x1, x2 = x.chunk(2, dim=-1)",
            "x1, x2 = x.chunk(2, dim=-1)\n    x1 = x1 * cos - x2 * sin",
        ),
        "nothing turned": ("torch.cat((x1 * cos - x2 * sin, x2 * cos + x1 * sin), dim=-1)", "x"),
        "scaled, not turned": ("x1 * cos - x2 * sin, x2 * cos + x1 * sin", "x1 * cos, x2 * cos"),
        "every position turned alike": ("cos[:, None, :], sin[:, None, :]", "cos[:1, None, :], sin[:1, None, :]"),
        "every pair turned alike": ("cos[:, None, :], sin[:, None, :]", "cos[:, None, :1], sin[:, None, :1]"),
        "heads taken for positions": ("cos, sin = cos[:, None, :], sin[:, None, :]", "pass"),
        "rows of the batch taken for positions": (
            "cos[:, None, :], sin[:, None, :]",
            "cos[:, None, None, :], sin[:, None, None, :]",
        ),
        "positions counted backwards": (
            "cos[:, None, :], sin[:, None, :]",
            "cos.flip(0)[:, None, :], sin.flip(0)[:, None, :]",
        ),
        "pairs counted backwards": (
            "cos[:, None, :], sin[:, None, :]",
            "cos.flip(1)[:, None, :], sin.flip(1)[:, None, :]",
        ),
        "split along the heads": ("x.chunk(2, dim=-1)", "x.chunk(2, dim=-2)"),
        "result left in float32": (".to(x.dtype)", ""),
        "first half turned in place": (
            "x1, x2 = x.chunk(2, dim=-1)",
            "x1, x2 = x.chunk(2, dim=-1)\n    x1.copy_(x1 * cos - x2 * sin)",
        ),
        "tables changed in place": (
            "cos, sin = cos[:, None, :], sin[:, None, :]",
            "cos, sin = cos[:, None, :], sin.neg_()[:, None, :].neg()",
        ),
        "gradient cut": ("x.chunk(2, dim=-1)", "x.detach().chunk(2, dim=-1)"),
    },
    "feed_forward.MLP.forward": {
        "not squared": (".square()", ""),
        "cubed": (".square()", ".pow(3)"),
        "no ReLU": ("F.relu(self.up_proj(x))", "self.up_proj(x)"),
        "squared before the ReLU": ("F.relu(self.up_proj(x)).square()", "F.relu(self.up_proj(x).square())"),
        "nothing between": ("F.relu(self.up_proj(x)).square()", "self.up_proj(x)"),
        "GELU": ("F.relu(self.up_proj(x)).square()", "F.gelu(self.up_proj(x))"),
        "GELU squared": ("F.relu(", "F.gelu("),
        "SiLU squared": ("F.relu(", "F.silu("),
        "leaky ReLU squared": ("F.relu(", "F.leaky_relu("),
        "square that keeps the sign": ("F.relu(self.up_proj(x)).square()", "self.up_proj(x) * self.up_proj(x).abs()"),
        "squared at the end": (
            "self.down_proj(F.relu(self.up_proj(x)).square())",
            "self.down_proj(F.relu(self.up_proj(x))).square()",
        ),
        "ReLU on the input": ("F.relu(self.up_proj(x))", "self.up_proj(F.relu(x))"),
        "down forgotten": ("self.down_proj(F.relu(self.up_proj(x)).square())", "F.relu(self.up_proj(x)).square()"),
        "residual added here too": ("return self.down_proj", "return x + self.down_proj"),
        "input changed in place": ("self.up_proj(x)", "self.up_proj(x.mul_(0.5))"),
        "gradient cut in the middle": (".square()", ".square().detach()"),
        "gradient of the square lost": (
            "F.relu(self.up_proj(x)).square()",
            "F.relu(self.up_proj(x)) * F.relu(self.up_proj(x)).detach()",
        ),
        "result missing": ("return self", "self"),
    },
    "optimizers.setup_optimizers": {
        "head and embedding rates swapped": (
            '"lr": head_lr * scale},\n            {"params": [model.token_embedding.weight], "lr": embedding_lr',
            '"lr": embedding_lr * scale},\n            {"params": [model.token_embedding.weight], "lr": head_lr',
        ),
        "head's rate not scaled": ("head_lr * scale", "head_lr"),
        "embedding's rate not scaled": ("embedding_lr * scale", "embedding_lr"),
        "scale the wrong way round": ("(model.config.n_embd / 768) ** -0.5", "(model.config.n_embd / 768) ** 0.5"),
        "scale without the root": ("** -0.5", "** -1.0"),
        "scale relative to 1": ("model.config.n_embd / 768", "model.config.n_embd"),
        "scale relative to 512": ("(model.config.n_embd / 768)", "(model.config.n_embd / 512)"),
        "matrices' rate scaled too": ("lr=matrix_lr,", "lr=matrix_lr * scale,"),
        "matrices' rate left at its default": ("lr=matrix_lr, ", ""),
        "head's rate hard-coded": ("head_lr * scale", "0.004 * scale"),
        "betas left at their default": ("        betas=(0.8, 0.95),\n", ""),
        "betas of GPT-3": ("betas=(0.8, 0.95)", "betas=(0.9, 0.95)"),
        "betas swapped": ("betas=(0.8, 0.95)", "betas=(0.95, 0.8)"),
        "eps left at its default": ("        eps=1e-10,\n", ""),
        "eps 1e-8": ("eps=1e-10", "eps=1e-8"),
        "weight decay left at its default": ("        weight_decay=0.0,\n", ""),
        "weight decay of GPT-3": ("weight_decay=0.0", "weight_decay=0.1"),
        "Muon's momentum 0.9": ("momentum=0.95", "momentum=0.9"),
        "embedding forgotten": (
            '            {"params": [model.token_embedding.weight], "lr": embedding_lr * scale},\n',
            "",
        ),
        "head forgotten": ('            {"params": [model.lm_head.weight], "lr": head_lr * scale},\n', ""),
        "head with Muon too": (
            "Muon(matrices",
            "Muon([*matrices, model.lm_head.weight]",
        ),
        "every matrix with Muon": ("Muon(matrices", "Muon([p for p in model.parameters() if p.ndim == 2]"),
        "last block forgotten": ("model.blocks.parameters()", "model.blocks[:-1].parameters()"),
        "only the MLPs with Muon": (
            "model.blocks.parameters()",
            "[p for block in model.blocks for p in block.mlp.parameters()]",
        ),
        "square matrices only": (
            "model.blocks.parameters()",
            "[p for p in model.blocks.parameters() if p.size(0) == p.size(-1)]",
        ),
        "copies of the matrices": (
            "model.blocks.parameters()",
            "[p.detach().clone() for p in model.blocks.parameters()]",
        ),
        "SGD for Muon": (
            "Muon(matrices, lr=matrix_lr, momentum=0.95, dtype=dtype)",
            "torch.optim.SGD(matrices, lr=matrix_lr, momentum=0.95)",
        ),
        "AdamW for Muon": (
            "Muon(matrices, lr=matrix_lr, momentum=0.95, dtype=dtype)",
            "torch.optim.AdamW(matrices, lr=matrix_lr)",
        ),
        "initial_lr forgotten": ('group["initial_lr"] = group["lr"]', "pass"),
        "initial_lr for AdamW only": ("for optimizer in optimizers:", "for optimizer in optimizers[:1]:"),
        "initial_lr before the scale": (
            'group["initial_lr"] = group["lr"]',
            'group["initial_lr"] = group["lr"] / scale',
        ),
        "initial_lr of the optimizer's default": ('= group["lr"]\n', '= optimizer.defaults["lr"]\n'),
        "Muon forgotten": ("optimizers = [adamw, muon]", "optimizers = [adamw]"),
        "Muon first": ("optimizers = [adamw, muon]", "optimizers = [muon, adamw]"),
        "a tuple": ("optimizers = [adamw, muon]", "optimizers = (adamw, muon)"),
        "nothing returned": ("    return optimizers\n", ""),
        "width hard-coded": ("model.config.n_embd / 768", "64 / 768"),
        "vectors with Muon": ("if weight.ndim == 2]", "]"),
        "vectors forgotten": ("if weight.ndim == 1]", "if weight.ndim == 9]"),
        "vectors of the blocks only": (
            "model.parameters() if weight.ndim == 1",
            "model.blocks.parameters() if weight.ndim == 1",
        ),
        "vectors at the rate of the embedding": ('"lr": vector_lr * scale', '"lr": embedding_lr * scale'),
        "vectors' rate not scaled": ('"lr": vector_lr * scale', '"lr": vector_lr'),
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
    "flops.estimate_flops": {
        "embedding counted": ("return 6 * (N - N_embedding)", "return 6 * N"),
        "embedding taken off twice": ("return 6 * (N - N_embedding)", "return 6 * (N - 2 * N_embedding)"),
        "embedding counted in words, not weights": (
            "model.token_embedding.weight.numel()",
            "model.token_embedding.num_embeddings",
        ),
        "blocks only": ("model.parameters())", "model.blocks.parameters())"),
        "number of tensors, not of weights": ("parameter.numel() for", "1 for"),
        "forward only": ("return 6 *", "return 2 *"),
        "multiplication and addition as one": ("return 6 *", "return 3 *"),
        "backward only": ("return 6 *", "return 4 *"),
        "attention forgotten": ("+ attention", ""),
        "attention halved": ("attention = 12", "attention = 6"),
        "attention forward only": ("attention = 12", "attention = 4"),
        "attention of one layer": ("config.n_layer * ", ""),
        "attention of the key/value heads": ("config.n_head *", "config.n_kv_head *"),
        "head_dim forgotten": ("config.head_dim * ", ""),
        "width for head_dim": ("config.head_dim *", "config.n_embd *"),
        "length forgotten": (" * config.max_seq_len\n", "\n"),
        "length squared": ("* config.max_seq_len\n", "* config.max_seq_len**2\n"),
        "length hard-coded": ("* config.max_seq_len\n", "* 32\n"),
        "per sequence, not per token": (
            "return 6 * (N - N_embedding) + attention",
            "return (6 * (N - N_embedding) + attention) * config.max_seq_len",
        ),
        "in billions": ("return 6 * (N - N_embedding) + attention", "return (6 * (N - N_embedding) + attention) / 1e9"),
        "a number with a point": ("return 6 *", "return 6.0 *"),
        "a tensor": ("return 6 *", "return model.cos.new_tensor(6) *"),
    },
    "generation.generate": {
        "not cropped": ("tokens[:, -model.config.max_seq_len :]", "tokens"),
        "cropped to the first tokens": (
            "tokens[:, -model.config.max_seq_len :]",
            "tokens[:, : model.config.max_seq_len]",
        ),
        "cropped one too short": ("-model.config.max_seq_len :", "-model.config.max_seq_len + 1 :"),
        "only the last token seen": ("tokens[:, -model.config.max_seq_len :]", "tokens[:, -1:]"),
        "only the prompt seen": (
            "for _ in range(max_new_tokens):",
            "prompt, forward = tokens, model.forward\n"
            "    model.forward = lambda _: forward(prompt)\n"
            "    for _ in range(max_new_tokens):",
        ),
        "cropped for good": (
            "logits = model(tokens[:, -model.config.max_seq_len :])",
            "tokens = tokens[:, -model.config.max_seq_len :]\n        logits = model(tokens)",
        ),
        "first position's logits": ("[:, -1, :]", "[:, 0, :]"),
        "last but one position's logits": ("[:, -1, :]", "[:, max(-2, -tokens.size(1)), :]"),
        "first row for all": ("[:, -1, :]", "[:1, -1, :].expand(tokens.size(0), -1)"),
        "temperature 0 not thought of": ("if temperature == 0:", "if False:"),
        "temperature 0 taken for 1": ("if temperature == 0:", "temperature = temperature or 1.0\n        if False:"),
        "always the likeliest": ("if temperature == 0:", "if True:"),
        "likeliest up to temperature 1": ("if temperature == 0:", "if temperature < 1:"),
        "the least likely": ("logits.argmax(", "logits.argmin("),
        "temperature multiplied": ("logits = logits / temperature", "logits = logits * temperature"),
        "temperature ignored": ("logits = logits / temperature", "pass"),
        "temperature not assigned": ("logits = logits / temperature", "logits / temperature"),
        "temperature on the probabilities": (
            "torch.multinomial(logits.softmax(dim=-1)",
            "torch.multinomial((logits * temperature).softmax(dim=-1) / temperature",
        ),
        "temperature twice with top_k": (
            "best = logits.topk",
            "logits = logits / temperature\n                best = logits.topk",
        ),
        "top_k ignored": ("if top_k is not None:", "if False:"),
        "top_k one too many": ("min(top_k, logits", "min(top_k + 1, logits"),
        "top_k one too few": ("min(top_k, logits.size(-1))", "max(min(top_k, logits.size(-1)) - 1, 1)"),
        "the k-th best ruled out too": (
            'logits = torch.full_like(logits, float("-inf")).scatter(-1, best.indices, best.values)',
            'logits = logits.masked_fill(logits <= best.values[:, -1:], float("-inf"))',
        ),
        "the best ruled out": (
            'logits = torch.full_like(logits, float("-inf")).scatter(-1, best.indices, best.values)',
            'logits = logits.scatter(-1, best.indices, float("-inf"))',
        ),
        "top_k beyond the vocabulary": ("min(top_k, logits.size(-1))", "top_k"),
        "top_k lowest": (
            "logits.topk(min(top_k, logits.size(-1)))",
            "logits.topk(min(top_k, logits.size(-1)), largest=False)",
        ),
        "the first row's k-th best for all": (
            'logits = torch.full_like(logits, float("-inf")).scatter(-1, best.indices, best.values)',
            'logits = logits.masked_fill(logits < best.values[:1, -1:], float("-inf"))',
        ),
        "the best for the k-th best": (
            'logits = torch.full_like(logits, float("-inf")).scatter(-1, best.indices, best.values)',
            'logits = logits.masked_fill(logits < best.values[:, :1], float("-inf"))',
        ),
        "ruled out with zero": ('float("-inf")', "0.0"),
        "drawn from logits": ("logits.softmax(dim=-1), num", "logits.abs(), num"),
        "log-probabilities": ("logits.softmax(dim=-1), num", "logits.log_softmax(dim=-1).abs(), num"),
        "softmax over the batch": ("softmax(dim=-1)", "softmax(dim=0)"),
        "softmax twice": ("logits.softmax(dim=-1)", "logits.softmax(dim=-1).softmax(dim=-1)"),
        "generator ignored": (", generator=generator", ""),
        "generator seeded anew": ("for _ in range", "generator and generator.manual_seed(0)\n    for _ in range"),
        "generator seeded anew at every step": (
            "following = torch.multinomial",
            "generator and generator.manual_seed(generator.initial_seed())\n            following = torch.multinomial",
        ),
        "uniform draws": ("logits.softmax(dim=-1)", "logits.exp() * 0 + 1"),
        "one draw for all rows": (
            "torch.multinomial(logits.softmax(dim=-1)",
            "torch.multinomial(logits.softmax(dim=-1)[:1].expand_as(logits)",
        ),
        "only new tokens returned": ("    return tokens\n", "    return tokens[:, -max_new_tokens:]\n"),
        "one token too few": ("range(max_new_tokens)", "range(max_new_tokens - 1)"),
        "one token too many": ("range(max_new_tokens)", "range(max_new_tokens + 1)"),
        "max_new_tokens taken for the total": ("range(max_new_tokens)", "range(max_new_tokens - tokens.size(1))"),
        "put in front": ("torch.cat((tokens, following), dim=1)", "torch.cat((following, tokens), dim=1)"),
        "nothing kept": ("tokens = torch.cat", "longer = torch.cat"),
        "overwrites the last token": (
            "torch.cat((tokens, following), dim=1)",
            "torch.cat((tokens[:, :-1], following, following), dim=1)",
        ),
        "window moved on in place": (
            "tokens = torch.cat((tokens, following), dim=1)",
            "tokens[:, :-1], tokens[:, -1:] = tokens[:, 1:].clone(), following",
        ),
        "int32": ("    return tokens\n", "    return tokens.int()\n"),
        "a list": ("    return tokens\n", "    return tokens.tolist()\n"),
        "stops at the end of the tables": (
            "for _ in range(max_new_tokens):",
            "for _ in range(min(max_new_tokens, max(model.config.max_seq_len - tokens.size(1), 0))):",
        ),
        "stops at the boundary token": (
            "tokens = torch.cat((tokens, following), dim=1)",
            "tokens = torch.cat((tokens, following), dim=1)\n        if (following == 0).any(): break",
        ),
        "returns after the first token": ("    return tokens\n", "        return tokens\n"),
        "prompt wiped": (
            "tokens = torch.cat((tokens, following), dim=1)",
            "tokens, _ = torch.cat((tokens, following), dim=1), tokens.zero_()",
        ),
        "ranks taken for tokens": (
            'logits = torch.full_like(logits, float("-inf")).scatter(-1, best.indices, best.values)',
            "logits = best.values",
        ),
        "settings not looked at": ("if temperature < 0 or (top_k is not None and top_k < 1):", "if False:"),
        "negative temperature let through": ("temperature < 0 or ", ""),
        "top_k of 0 let through": ("top_k < 1", "top_k < 0"),
        "top_k of None refused": ("(top_k is not None and top_k < 1)", "not top_k"),
        "temperature of 0 refused": ("temperature < 0 or", "temperature <= 0 or"),
    },
    "norms.layer_norm": {
        "mean not subtracted": ("wide - wide.mean(dim=-1, keepdim=True)", "wide"),
        "mean over the wrong axis": ("wide.mean(dim=-1, keepdim=True)", "wide.mean(dim=0, keepdim=True)"),
        "mean over everything": ("wide.mean(dim=-1, keepdim=True)", "wide.mean()"),
        "unbiased variance": ("centred.pow(2).mean(dim=-1, keepdim=True)", "wide.var(dim=-1, keepdim=True)"),
        "mean square for the variance": ("centred.pow(2)", "wide.pow(2)"),
        "eps outside the root": ("torch.rsqrt(variance + eps)", "1 / (variance.sqrt() + eps)"),
        "eps forgotten": ("variance + eps", "variance"),
        "eps hard-coded": ("variance + eps", "variance + 1e-5"),
        "eps subtracted": ("variance + eps", "variance - eps"),
        "divided by the variance": ("torch.rsqrt(variance + eps)", "1 / (variance + eps)"),
        "multiplied by the deviation": ("torch.rsqrt(variance + eps)", "torch.sqrt(variance + eps)"),
        "computed in the dtype of x": ("x.to(torch.promote_types(x.dtype, torch.float32))", "x"),
        "left in float32": (".to(x.dtype)", ""),
        "input changed in place": ("centred = wide - wide.mean", "centred = wide.data; wide.data -= wide.mean"),
        "gradient cut at the variance": ("centred.pow(2)", "centred.detach().pow(2)"),
        "nothing returned": ("return (centred", "(centred"),
    },
    "norms.LayerNorm.forward": {
        "bias forgotten": (" + self.bias", ""),
        "weight forgotten": (" * self.weight", ""),
        "bias before the weight": (
            "layer_norm(x, self.eps) * self.weight + self.bias",
            "(layer_norm(x, self.eps) + self.bias) * self.weight",
        ),
        "RMS norm": ("return layer_norm(x", "return rms_norm(x"),
        "eps hard-coded": ("self.eps", "1e-5"),
        "weight on the input": ("layer_norm(x, self.eps) * self.weight", "layer_norm(x * self.weight, self.eps)"),
        "norm forgotten": ("layer_norm(x, self.eps)", "x"),
        "weight cut from the gradient": ("self.weight", "self.weight.detach()"),
    },
    "norms.LayerNormNoBias.forward": {
        "weight forgotten": (" * self.weight", ""),
        "RMS norm": ("return layer_norm(x", "return rms_norm(x"),
        "eps hard-coded": ("self.eps", "1e-5"),
        "weight on the input": ("layer_norm(x, self.eps) * self.weight", "layer_norm(x * self.weight, self.eps)"),
        "one plus the weight": ("* self.weight", "* (1 + self.weight)"),
    },
    "norms.LayerNormNoParam.forward": {
        "RMS norm": ("return layer_norm(x", "return rms_norm(x"),
        "eps hard-coded": ("self.eps", "1e-5"),
        "norm forgotten": ("layer_norm(x, self.eps)", "x"),
        "over all tokens at once": ("layer_norm(x, self.eps)", "layer_norm(x.flatten(), self.eps).view_as(x)"),
    },
    "norms.RMSNorm.forward": {
        "weight forgotten": (" * self.weight", ""),
        "one plus the weight": ("* self.weight", "* (1 + self.weight)"),
        "layer norm": ("return rms_norm(x", "return layer_norm(x"),
        "eps hard-coded": ("self.eps", "1e-6"),
        "weight on the input": ("rms_norm(x, self.eps) * self.weight", "rms_norm(x * self.weight, self.eps)"),
        "weight added": ("* self.weight", "+ self.weight"),
    },
    "norms.RMSNormPlusOne.forward": {
        "the one forgotten": ("(1 + self.weight.to(dtype))", "self.weight.to(dtype)"),
        "one minus the weight": ("1 + self", "1 - self"),
        "layer norm": ("rms_norm(x.to", "layer_norm(x.to"),
        "eps hard-coded": ("self.eps", "1e-6"),
        "left in float32": (".to(x.dtype)", ""),
        "the one outside": ("* (1 + self.weight.to(dtype))", "* self.weight.to(dtype) + 1"),
    },
    "norms.DyT.forward": {
        "alpha forgotten": ("self.alpha * x", "x"),
        "alpha outside": ("torch.tanh(self.alpha * x)", "self.alpha * torch.tanh(x)"),
        "bias forgotten": (" + self.bias", ""),
        "weight forgotten": (" * self.weight", ""),
        "sigmoid": ("torch.tanh", "torch.sigmoid"),
        "bias inside": (
            "torch.tanh(self.alpha * x) * self.weight + self.bias",
            "torch.tanh(self.alpha * x + self.bias) * self.weight",
        ),
    },
}


@pytest.mark.parametrize(
    ("piece_id", "name"),
    [(piece_id, name) for piece_id, mistakes in MISTAKES.items() for name in mistakes],
)
def test_mistake_is_rejected(piece_id, name):
    old, new = MISTAKES[piece_id][name]
    piece = BY_ID[piece_id]
    source = Source.read(REFERENCE / piece.file)
    text = source.text_of(piece.qualname)
    assert text.count(old) == 1, "the edit must hit exactly one place"
    mutant = Source(source.with_function(piece.qualname, text.replace(old, new)), source.path)
    finding = check_piece(piece, mutant)
    assert finding.status in ("wrong", "crash")
    # A name that the edit itself got wrong would be found out by any check.
    assert "NameError" not in finding.message


def test_gradients_are_on_again_after_a_piece_that_switches_them_off():
    test_mistake_is_rejected("gpt.GPT.forward", "no gradient at all")
    assert torch.is_grad_enabled()


def test_every_piece_has_mistakes():
    assert MISTAKES.keys() == {piece.id for piece in PIECES}
    assert all(len(mistakes) >= 3 for mistakes in MISTAKES.values())
