"""Mistakes in positions.py."""

MISTAKES = {
    "positions.visible_keys": {
        "token hidden from itself": ("distance >= 0", "distance > 0"),
        "one token of the future seen": ("distance >= 0", "distance >= -1"),
        "past hidden instead of the future": ("distance >= 0", "distance <= 0"),
        "only the token itself seen": ("distance >= 0", "distance == 0"),
        "everything seen": ("distance >= 0", "distance == distance"),
        "hidden and visible swapped": ("    return visible", "    return ~visible"),
        "keys by queries": (
            "query_position[..., :, None] - key_position[..., None, :]",
            "query_position[..., None, :] - key_position[..., :, None]",
        ),
        "keys counted from zero": ("key_position[..., None, :]", "torch.arange(key_position.size(-1))"),
        "queries counted from zero": ("query_position[..., :, None]", "torch.arange(query_position.size(-1))[:, None]"),
        "a triangle from the top left": (
            "distance = query_position[..., :, None] - key_position[..., None, :]",
            "Tq, Tk = query_position.size(-1), key_position.size(-1)\n"
            "    distance = torch.arange(Tq)[:, None] - torch.arange(Tk)\n"
            "    distance = distance.expand(*query_position.shape[:-1], Tq, Tk)",
        ),
        "a triangle into the bottom right": (
            "distance = query_position[..., :, None] - key_position[..., None, :]",
            "Tq, Tk = query_position.size(-1), key_position.size(-1)\n"
            "    distance = torch.arange(Tk - Tq, Tk)[:, None] - torch.arange(Tk)\n"
            "    distance = distance.expand(*query_position.shape[:-1], Tq, Tk)",
        ),
        "a triangle of torch, for queries and keys of the same tokens": (
            "visible = distance >= 0",
            "visible = torch.ones_like(distance, dtype=torch.bool).tril()",
        ),
        "queries with queries": ("key_position[..., None, :]", "query_position[..., None, :]"),
        "positions shared by all sequences only": (
            "query_position[..., :, None] - key_position[..., None, :]",
            "query_position[:, None] - key_position[None, :]",
        ),
        "the first sequence's positions for all": (
            "# Keys ahead lie in the future,",
            "distance = distance[:1].expand_as(distance) if distance.ndim == 3 else distance\n    #",
        ),
        "an axis for the sequences, whether there is one or not": (
            "    return visible",
            "    return visible[None] if visible.ndim == 2 else visible",
        ),
        "an axis for the heads": ("    return visible", "    return visible.unsqueeze(-3)"),
        "window ignored": ("if window is not None:", "if False:"),
        "window one too wide, as flash-attn counts": ("distance < window", "distance <= window"),
        "window one too narrow": ("distance < window", "distance < window - 1"),
        "window twice as wide": ("distance < window", "distance < 2 * window"),
        "window the wrong way round": ("distance < window", "distance > window"),
        "window instead of causality": ("visible & (distance < window)", "distance < window"),
        "window into the future too": ("visible & (distance < window)", "distance.abs() < window"),
        "window or causality": ("visible & (distance < window)", "visible | (distance < window)"),
        "causality or nothing but the window": ("visible & (distance < window)", "visible ^ (distance < window)"),
        "window not assigned": ("visible = visible & (distance < window)", "visible & (distance < window)"),
        "window of slots, not of positions": (
            "visible & (distance < window)",
            "visible.triu(key_position.size(-1) - query_position.size(-1) - window + 1)",
        ),
        "window as a block": (
            "visible & (distance < window)",
            "visible & (query_position[..., :, None] // window == key_position[..., None, :] // window)",
        ),
        "window as every so many keys": ("distance < window", "distance % window == 0"),
        "window from the first key on": ("distance < window", "key_position[..., None, :] < window"),
        "sight as far as the window, and the first key too": (
            "visible & (distance < window)",
            "visible & ((distance < window) | (key_position == 0)[..., None, :])",
        ),
        "empty slots seen": ("distance >= 0", "(distance >= 0) | (distance < -(2**20))"),
        "distances in eight bits": (
            "query_position[..., :, None] - key_position[..., None, :]",
            "(query_position[..., :, None] - key_position[..., None, :]).to(torch.int8)",
        ),
        "zeros and ones": ("    return visible", "    return visible.long()"),
        "a mask to be added": (
            "    return visible",
            '    return torch.zeros(visible.shape).masked_fill(~visible, float("-inf"))',
        ),
        "positions changed in place": (
            "query_position[..., :, None] - key_position[..., None, :]",
            "query_position.add_(1)[..., :, None] - key_position[..., None, :] - 1",
        ),
        "nothing returned": ("    return visible", "    visible"),
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
        "stretch forgotten": ("2) / head_dim) * stretch", "2) / head_dim)"),
        "divided by the stretch": ("2) / head_dim) * stretch", "2) / head_dim) / stretch"),
        "stretch inside the exponent": ("2) / head_dim) * stretch", "2) / head_dim * stretch)"),
        "stretch of the base": ("theta ** -", "(theta * stretch) ** -"),
        "stretch on the tables": (
            "angle.cos(), angle.sin()",
            "(angle / stretch).cos() * stretch, (angle / stretch).sin() * stretch",
        ),
        "stretch of the first pair for all": (
            "2) / head_dim) * stretch",
            "2) / head_dim) * (stretch[0] if isinstance(stretch, Tensor) else stretch)",
        ),
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
    "positions.apply_rotary": {
        "tables of a single sequence only": (
            "cos[..., None, :], sin[..., None, :]",
            "cos[:, None, :], sin[:, None, :]",
        ),
        "the first sequence's positions for all": (
            "cos, sin = cos[..., None, :], sin[..., None, :]",
            "cos, sin = (table[:1] if table.ndim == 3 else table for table in (cos, sin))\n"
            "    cos, sin = cos[..., None, :], sin[..., None, :]",
        ),
        "tables by heads, and heads by positions": (
            "cos[..., None, :], sin[..., None, :]",
            "cos.unsqueeze(-3), sin.unsqueeze(-3)",
        ),
        "turned backwards, as nanochat does": (
            "(x1 * cos - x2 * sin, x2 * cos + x1 * sin, rest)",
            "(x1 * cos + x2 * sin, x2 * cos - x1 * sin, rest)",
        ),
        "sign of the first half": ("x1 * cos - x2 * sin", "x1 * cos + x2 * sin"),
        "sign of the second half": ("x2 * cos + x1 * sin", "x2 * cos - x1 * sin"),
        "cosines and sines swapped": (
            "cos, sin = cos[..., None, :], sin[..., None, :]",
            "sin, cos = cos[..., None, :], sin[..., None, :]",
        ),
        "neighbours paired": (
            "x1, x2, rest = x.split((pairs, pairs, x.size(-1) - 2 * pairs), dim=-1)",
            "x1, x2, rest = x[..., : 2 * pairs : 2], x[..., 1 : 2 * pairs : 2], x[..., 2 * pairs :]",
        ),
        "neighbours paired and put back in their places": (
            "return torch.cat((x1 * cos - x2 * sin, x2 * cos + x1 * sin, rest), dim=-1)",
            "x1, x2 = x[..., : 2 * pairs : 2], x[..., 1 : 2 * pairs : 2]\n"
            "    turned = torch.stack((x1 * cos - x2 * sin, x2 * cos + x1 * sin), dim=-1).flatten(-2)\n"
            "    return torch.cat((turned, rest), dim=-1)",
        ),
        "halves put back interleaved": (
            "torch.cat((x1 * cos - x2 * sin, x2 * cos + x1 * sin, rest), dim=-1)",
            "torch.cat((torch.stack((x1 * cos - x2 * sin, x2 * cos + x1 * sin), dim=-1).flatten(-2), rest), dim=-1)",
        ),
        "halves put back in the wrong order": (
            "(x1 * cos - x2 * sin, x2 * cos + x1 * sin, rest)",
            "(x2 * cos + x1 * sin, x1 * cos - x2 * sin, rest)",
        ),
        "second half left alone": ("x2 * cos + x1 * sin", "x2"),
        "second half turned by the new first half": (
            "dim=-1)\n    # Turn each pair.",
            "dim=-1)\n    x1 = x1 * cos - x2 * sin\n    # Turn each pair.",
        ),
        "nothing turned": ("torch.cat((x1 * cos - x2 * sin, x2 * cos + x1 * sin, rest), dim=-1)", "x"),
        "scaled, not turned": ("x1 * cos - x2 * sin, x2 * cos + x1 * sin", "x1 * cos, x2 * cos"),
        "every position turned alike": (
            "cos[..., None, :], sin[..., None, :]",
            "cos[..., :1, None, :], sin[..., :1, None, :]",
        ),
        "every pair turned alike": (
            "# Turn each pair. Float32 tables",
            "cos, sin = cos[..., :1], sin[..., :1]\n    # Turn each pair. Float32 tables",
        ),
        "heads taken for positions": ("cos, sin = cos[..., None, :], sin[..., None, :]", "pass"),
        "rows of the batch taken for positions": (
            "cos[..., None, :], sin[..., None, :]",
            "cos[:, None, None, :], sin[:, None, None, :]",
        ),
        "positions counted backwards": (
            "cos[..., None, :], sin[..., None, :]",
            "cos.flip(-2)[..., None, :], sin.flip(-2)[..., None, :]",
        ),
        "pairs counted backwards": (
            "cos[..., None, :], sin[..., None, :]",
            "cos.flip(-1)[..., None, :], sin.flip(-1)[..., None, :]",
        ),
        "split along the heads": ("2 * pairs), dim=-1)", "2 * pairs), dim=-2)"),
        "always the whole head": ("pairs = cos.size(-1)", "pairs = x.size(-1) // 2"),
        "rest dropped": ("x1 * sin, rest), dim", "x1 * sin), dim"),
        "rest in front": (
            "(x1 * cos - x2 * sin, x2 * cos + x1 * sin, rest)",
            "(rest, x1 * cos - x2 * sin, x2 * cos + x1 * sin)",
        ),
        "rest of zeros": ("x1 * sin, rest)", "x1 * sin, torch.zeros_like(rest))"),
        "rest turned, not the beginning": (
            "x1, x2, rest = x.split((pairs, pairs, x.size(-1) - 2 * pairs), dim=-1)",
            "rest, x1, x2 = x.split((x.size(-1) - 2 * pairs, pairs, pairs), dim=-1)",
        ),
        "paired with the second half of the whole head": (
            "x1, x2, rest = x.split((pairs, pairs, x.size(-1) - 2 * pairs), dim=-1)",
            "half = x.size(-1) // 2\n"
            "    x1, x2 = x[..., :pairs], x[..., half : half + pairs]\n"
            "    rest = torch.cat((x[..., pairs:half], x[..., half + pairs :]), dim=-1)",
        ),
        "result left in float32": (".to(x.dtype)", ""),
        "first half turned in place": (
            "dim=-1)\n    # Turn each pair.",
            "dim=-1)\n    x1.copy_(x1 * cos - x2 * sin)\n    # Turn each pair.",
        ),
        "tables changed in place": (
            "cos, sin = cos[..., None, :], sin[..., None, :]",
            "cos, sin = cos[..., None, :], sin.neg_()[..., None, :].neg()",
        ),
        "gradient cut": ("x.split(", "x.detach().split("),
    },
    "positions.apply_rotary_interleaved": {
        "tables of a single sequence only": (
            "cos[..., None, :], sin[..., None, :]",
            "cos[:, None, :], sin[:, None, :]",
        ),
        "the first sequence's positions for all": (
            "cos, sin = cos[..., None, :], sin[..., None, :]",
            "cos, sin = (table[:1] if table.ndim == 3 else table for table in (cos, sin))\n"
            "    cos, sin = cos[..., None, :], sin[..., None, :]",
        ),
        "tables by heads, and heads by positions": (
            "cos[..., None, :], sin[..., None, :]",
            "cos.unsqueeze(-3), sin.unsqueeze(-3)",
        ),
        "two halves paired": (
            "turned[..., 0::2], turned[..., 1::2]",
            "turned.chunk(2, dim=-1)",
        ),
        "two halves paired and put back in their places": (
            "x1, x2 = turned[..., 0::2], turned[..., 1::2]",
            "x1, x2 = turned.chunk(2, dim=-1)\n"
            "    return torch.cat((x1 * cos - x2 * sin, x2 * cos + x1 * sin, rest), dim=-1).to(x.dtype)",
        ),
        "put back as two halves": (
            "torch.stack((x1 * cos - x2 * sin, x2 * cos + x1 * sin), dim=-1).flatten(-2)",
            "torch.cat((x1 * cos - x2 * sin, x2 * cos + x1 * sin), dim=-1)",
        ),
        "stacked along another axis": ("x1 * sin), dim=-1).flatten(-2)", "x1 * sin), dim=-2).flatten(-2)"),
        "put back the wrong way round": (
            "(x1 * cos - x2 * sin, x2 * cos + x1 * sin)",
            "(x2 * cos + x1 * sin, x1 * cos - x2 * sin)",
        ),
        "odd places first": ("turned[..., 0::2], turned[..., 1::2]", "turned[..., 1::2], turned[..., 0::2]"),
        "turned backwards": (
            "(x1 * cos - x2 * sin, x2 * cos + x1 * sin)",
            "(x1 * cos + x2 * sin, x2 * cos - x1 * sin)",
        ),
        "sign of the first": ("x1 * cos - x2 * sin", "x1 * cos + x2 * sin"),
        "sign of the second": ("x2 * cos + x1 * sin", "x2 * cos - x1 * sin"),
        "cosines and sines swapped": (
            "cos, sin = cos[..., None, :], sin[..., None, :]",
            "sin, cos = cos[..., None, :], sin[..., None, :]",
        ),
        "second left alone": ("x2 * cos + x1 * sin", "x2"),
        "heads taken for positions": ("cos, sin = cos[..., None, :], sin[..., None, :]", "pass"),
        "every position turned alike": (
            "cos[..., None, :], sin[..., None, :]",
            "cos[..., :1, None, :], sin[..., :1, None, :]",
        ),
        "rest dropped": ("torch.cat((turned, rest), dim=-1)", "turned"),
        "rest in front": ("(turned, rest)", "(rest, turned)"),
        "rest turned, not the beginning": (
            "turned, rest = x.split((2 * cos.size(-1), x.size(-1) - 2 * cos.size(-1)), dim=-1)",
            "rest, turned = x.split((x.size(-1) - 2 * cos.size(-1), 2 * cos.size(-1)), dim=-1)",
        ),
        "always the whole head": (
            "x.split((2 * cos.size(-1), x.size(-1) - 2 * cos.size(-1)), dim=-1)",
            "x.split((x.size(-1), 0), dim=-1)",
        ),
        "only half as many numbers turned": (
            "(2 * cos.size(-1), x.size(-1) - 2 * cos.size(-1))",
            "(cos.size(-1), x.size(-1) - cos.size(-1))",
        ),
        "result left in float32": (".to(x.dtype)", ""),
        "turned in place": (
            "turned = torch.stack((x1 * cos - x2 * sin, x2 * cos + x1 * sin), dim=-1).flatten(-2)",
            "turned.copy_(torch.stack((x1 * cos - x2 * sin, x2 * cos + x1 * sin), dim=-1).flatten(-2))",
        ),
        "gradient cut": ("x.split(", "x.detach().split("),
    },
    "positions.linear_scaling": {
        "factor not inverted": ("1 / config.rope_factor", "config.rope_factor"),
        "no scaling": ("1 / config.rope_factor", "1.0"),
        "root of the factor": ("1 / config.rope_factor", "config.rope_factor**-0.5"),
        "by how far the sequences have grown": (
            "1 / config.rope_factor",
            "(config.rope_original_seq_len or config.max_seq_len) / config.max_seq_len",
        ),
        "one number for each number, not for each pair": ("(dim // 2,)", "(dim,)"),
        "for the whole head": ("(dim // 2,)", "(config.head_dim // 2,)"),
        "from one down to the factor": (
            "torch.full((dim // 2,), 1 / config.rope_factor)",
            "torch.linspace(1, 1 / config.rope_factor, dim // 2)",
        ),
        "first pair left alone": (
            "torch.full((dim // 2,), 1 / config.rope_factor)",
            "torch.tensor([1.0] + [1 / config.rope_factor] * (dim // 2 - 1))",
        ),
        "a magnitude that grows": (
            "1 / config.rope_factor), 1.0",
            "1 / config.rope_factor), 0.1 * math.log(config.rope_factor) + 1",
        ),
        "factor as the magnitude": ("1 / config.rope_factor), 1.0", "1 / config.rope_factor), config.rope_factor"),
        "stretch and magnitude swapped": (
            "return torch.full((dim // 2,), 1 / config.rope_factor), 1.0",
            "return 1.0, torch.full((dim // 2,), 1 / config.rope_factor)",
        ),
        "magnitude forgotten": (", 1.0", ""),
    },
    "positions.ntk_scaling": {
        "factor alone": (
            "config.rope_factor * config.max_seq_len / original - (config.rope_factor - 1)",
            "config.rope_factor",
        ),
        "growth of the length alone": (
            "config.rope_factor * config.max_seq_len / original - (config.rope_factor - 1)",
            "config.max_seq_len / original",
        ),
        "nothing subtracted": (" - (config.rope_factor - 1)\n", "\n"),
        "factor subtracted without the one": (" - (config.rope_factor - 1)\n", " - config.rope_factor\n"),
        "brackets forgotten": (" - (config.rope_factor - 1)\n", " - config.rope_factor - 1\n"),
        "original and longest length swapped": ("config.max_seq_len / original -", "original / config.max_seq_len -"),
        "original length always given": (
            "original = config.rope_original_seq_len or config.max_seq_len",
            "original = config.rope_original_seq_len",
        ),
        "original length ignored": ("config.rope_original_seq_len or ", ""),
        "exponent positive": ("growth ** -(", "growth ** ("),
        "exponent not up to one": ("max(dim // 2 - 1, 1)", "(dim // 2)"),
        "exponent over all numbers": ("max(dim // 2 - 1, 1)", "max(dim - 1, 1)"),
        "exponent of dim - 2": ("max(dim // 2 - 1, 1)", "max(dim - 2, 1)"),
        "pairs counted backwards": ("torch.arange(dim // 2) /", "torch.arange(dim // 2).flip(0) /"),
        "pairs from 1": ("torch.arange(dim // 2) /", "torch.arange(1, dim // 2 + 1) /"),
        "one number for each number, not for each pair": ("torch.arange(dim // 2)", "torch.arange(dim)"),
        "linear scaling by the growth": (
            "growth ** -(torch.arange(dim // 2) / max(dim // 2 - 1, 1))",
            "torch.full((dim // 2,), 1 / growth)",
        ),
        "a straight line from one down": (
            "growth ** -(torch.arange(dim // 2) / max(dim // 2 - 1, 1))",
            "torch.linspace(1, 1 / growth, dim // 2)",
        ),
        "the new base, not the stretch": (
            "growth ** -(torch.arange(dim // 2) / max(dim // 2 - 1, 1))",
            "config.rope_theta * growth ** (dim / max(dim - 2, 1))",
        ),
        "a magnitude that grows": (", 1.0", ", 0.1 * math.log(growth) + 1"),
    },
    "positions.yarn_scaling": {
        "original length ignored": ("config.rope_original_seq_len or ", ""),
        "original length always given": (
            "original = config.rope_original_seq_len or config.max_seq_len",
            "original = config.rope_original_seq_len",
        ),
        "longest length in place of the original": ("math.log(original / (", "math.log(config.max_seq_len / ("),
        "full turns without 2 pi": ("(2 * math.pi * turns)", "turns"),
        "full turns of pi": ("(2 * math.pi * turns)", "(math.pi * turns)"),
        "log of the base without the two": ("(2 * math.log(config.rope_theta))", "math.log(config.rope_theta)"),
        "base hard-coded": ("math.log(config.rope_theta)", "math.log(10000.0)"),
        "log to base 2 above only": ("dim * math.log(original", "dim * math.log2(original"),
        "bounds swapped": (
            "max(math.floor(pair(32)), 0), min(math.ceil(pair(1)), dim - 1)",
            "max(math.floor(pair(1)), 0), min(math.ceil(pair(32)), dim - 1)",
        ),
        "lower bound rounded up": ("math.floor(pair(32))", "math.ceil(pair(32))"),
        "upper bound rounded down": ("math.ceil(pair(1))", "math.floor(pair(1))"),
        "bounds not rounded": (
            "max(math.floor(pair(32)), 0), min(math.ceil(pair(1)), dim - 1)",
            "max(pair(32), 0), min(pair(1), dim - 1)",
        ),
        "lower bound not cut": ("max(math.floor(pair(32)), 0)", "math.floor(pair(32))"),
        "upper bound not cut": ("min(math.ceil(pair(1)), dim - 1)", "math.ceil(pair(1))"),
        "upper bound cut at the number of pairs": ("dim - 1)", "dim // 2 - 1)"),
        "bound of 16 turns": ("math.floor(pair(32))", "math.floor(pair(16))"),
        "bound of 2 turns": ("math.ceil(pair(1))", "math.ceil(pair(2))"),
        "ramp reversed": ("keep = 1 - ramp.clamp(0, 1)", "keep = ramp.clamp(0, 1)"),
        "ramp not clamped": ("ramp.clamp(0, 1)", "ramp"),
        "ramp clamped at one end only": ("ramp.clamp(0, 1)", "ramp.clamp(min=0)"),
        "ramp over numbers, not pairs": ("torch.arange(dim // 2)", "torch.arange(0, dim, 2)"),
        "ramp from zero": ("(torch.arange(dim // 2) - low)", "torch.arange(dim // 2)"),
        "ramp divided by the upper bound": ("((high - low) or 0.001)", "max(high, 0.001)"),
        "equal bounds forgotten": ("((high - low) or 0.001)", "(high - low)"),
        "no ramp, one step": ("keep = 1 - ramp.clamp(0, 1)", "keep = (ramp < 0.5).to(ramp.dtype)"),
        "multiplied by the factor": ("(1 - keep) / config.rope_factor", "(1 - keep) * config.rope_factor"),
        "kept and squeezed swapped": (
            "keep + (1 - keep) / config.rope_factor",
            "(1 - keep) + keep / config.rope_factor",
        ),
        "squeezed ones forgotten": ("return keep + (1 - keep) / config.rope_factor", "return keep"),
        "everything squeezed": ("keep + (1 - keep) / config.rope_factor", "(keep + 1 - keep) / config.rope_factor"),
        "magnitude forgotten": ("rope_factor, magnitude", "rope_factor, 1.0"),
        "magnitude of log2": ("0.1 * math.log(", "0.1 * math.log2("),
        "magnitude of log10": ("0.1 * math.log(", "0.1 * math.log10("),
        "magnitude without the one": ("(config.rope_factor) + 1 if", "(config.rope_factor) if"),
        "magnitude without the tenth": ("0.1 * math.log(", "math.log("),
        "magnitude squared": (
            "return keep + (1 - keep) / config.rope_factor, magnitude",
            "return keep + (1 - keep) / config.rope_factor, magnitude**2",
        ),
        "magnitude of the length": (
            "0.1 * math.log(config.rope_factor) + 1",
            "0.1 * math.log(config.max_seq_len / original) + 1",
        ),
        "magnitude below one": (" if config.rope_factor > 1 else 1.0", ""),
    },
    "positions.sinusoidal_table": {
        "sines and cosines in two halves": (
            "torch.stack((sin, cos), dim=-1).flatten(-2)",
            "torch.cat((sin, cos), dim=-1)",
        ),
        "stacked along another axis": ("dim=-1", "dim=-2"),
        "cosines first": ("torch.stack((sin, cos)", "torch.stack((cos, sin)"),
        "sines only": ("torch.stack((sin, cos)", "torch.stack((sin, sin)"),
        "turned backwards": ("torch.stack((sin, cos)", "torch.stack((-sin, cos)"),
        "base 1000": ("theta=10000.0", "theta=1000.0"),
        "exponent i / dim, or a base of 100": ("theta=10000.0", "theta=100.0"),
        "a frequency for every number": (
            "torch.stack((sin, cos), dim=-1).flatten(-2)",
            "torch.where(torch.arange(dim) % 2 == 0, *precompute_rotary_tables(2 * dim, length, theta=1e8)[::-1])",
        ),
        "positions from 1": (
            "cos, sin = precompute_rotary_tables(dim, length, theta=10000.0)",
            "cos, sin = (table[1:] for table in precompute_rotary_tables(dim, length + 1, theta=10000.0))",
        ),
        "scaled by the width": ("flatten(-2)", "flatten(-2) * dim**-0.5"),
        "one axis too many": (".flatten(-2)", ".flatten(-2)[None]"),
        "not flattened": (".flatten(-2)", ""),
    },
    "positions.LearnedPositions.embed": {
        "positions from zero on": ("self.embedding(position)", "self.embedding(torch.arange(x.shape[1]))"),
        "the first sequence's positions for all": (
            "self.embedding(position)",
            "self.embedding(position[0] if position.ndim == 2 else position)",
        ),
        "an axis for the sequences, whether there is one or not": (
            "self.embedding(position)",
            "self.embedding(position)[None]",
        ),
        "positions of one sequence only": (
            "self.embedding(position)",
            "self.embedding.weight.index_select(0, position)",
        ),
        "the first rows": ("self.embedding(position)", "self.embedding.weight[: x.shape[1]]"),
        "multiplied": ("x + self", "x * self"),
        "positions only": ("return x + self", "return self"),
        "positions forgotten": ("return x + self.embedding(position)", "return x"),
        "the numbers of the positions": ("self.embedding(position)", "position[:, None]"),
        "positions as the axis of the batch": ("self.embedding(position)", "self.embedding(position)[:, None]"),
        "the first position for all": ("self.embedding(position)", "self.embedding(position[:1])"),
        "positions backwards": ("self.embedding(position)", "self.embedding(position.flip(0))"),
        "distance from the first position": ("self.embedding(position)", "self.embedding(position - position[0])"),
        "scaled by the width": ("self.embedding(position)", "self.embedding(position) * x.shape[-1] ** 0.5"),
        "side by side": (
            "x + self.embedding(position)",
            "torch.cat((x, self.embedding(position).expand_as(x)), dim=-1)",
        ),
        "input changed in place": ("x + self.embedding(position)", "x.add_(self.embedding(position))"),
        "nothing learned": ("self.embedding(position)", "self.embedding(position).detach()"),
    },
    "positions.SinusoidalPositions.embed": {
        "positions from zero on": ("self.table[position]", "self.table[: x.shape[1]]"),
        "the first sequence's positions for all": (
            "self.table[position]",
            "self.table[position[0] if position.ndim == 2 else position]",
        ),
        "an axis for the sequences, whether there is one or not": (
            "self.table[position]",
            "self.table[position][None]",
        ),
        "positions of one sequence only": ("self.table[position]", "self.table.index_select(0, position)"),
        "multiplied": ("x + self", "x * self"),
        "positions only": ("(x + self.table[position])", "self.table[position].expand_as(x)"),
        "positions forgotten": ("(x + self.table[position])", "x"),
        "the numbers of the positions": ("self.table[position]", "position[:, None]"),
        "positions as the axis of the batch": ("self.table[position]", "self.table[position][:, None]"),
        "numbers taken for positions": ("self.table[position]", "self.table[:, position]"),
        "the first position for all": ("self.table[position]", "self.table[position[:1]]"),
        "positions backwards": ("self.table[position]", "self.table[position.flip(0)]"),
        "a window of the table": ("self.table[position]", "self.table[position[0] : position[-1] + 1]"),
        "the whole table": ("self.table[position]", "self.table"),
        "result left in float32": (".to(x.dtype)", ""),
        "x multiplied by the root of its width": ("(x + self", "(x * x.shape[-1] ** 0.5 + self"),
        "input changed in place": ("x + self.table[position]", "x.add_(self.table[position])"),
        "table changed in place": ("x + self.table[position]", "x + self.table.mul_(0.5)[position] * 2"),
        "gradient cut": ("(x + self", "(x.detach() + self"),
    },
    "positions.alibi_slopes": {
        "slopes from one on": ("[2 ** (-8 * (head + 1) / power) for", "[2 ** (-8 * head / power) for"),
        "slopes reversed": ("slopes + between", "slopes[::-1] + between"),
        "exponent positive": ("[2 ** (-8 * (head + 1) / power) for", "[2 ** (8 * (head + 1) / power) for"),
        "slopes negative": ("return torch.tensor(", "return -torch.tensor("),
        "exponent up to four": ("[2 ** (-8 * (head + 1) / power) for", "[2 ** (-4 * (head + 1) / power) for"),
        "powers of e": (
            "[2 ** (-8 * (head + 1) / power) for",
            "[math.exp(-8 * (head + 1) / power) for",
        ),
        "the same ratio for every number of heads": (
            "[2 ** (-8 * (head + 1) / power) for",
            "[2 ** -(head + 1) for",
        ),
        "evenly spaced": (
            "[2 ** (-8 * (head + 1) / power) for",
            "[1 - (head + 1) / (power + 1) for",
        ),
        "one series for every number of heads": ("2 ** math.floor(math.log2(n_head))", "n_head"),
        "the next larger power of two": (
            "2 ** math.floor(math.log2(n_head))",
            "2 ** math.ceil(math.log2(n_head))",
        ),
        "the nearest power of two": ("math.floor(", "round("),
        "cut off the next larger series": (
            "slopes + between[: n_head - power]",
            "[2 ** (-8 * (head + 1) / (2 * power)) for head in range(n_head)] if n_head > power else slopes",
        ),
        "the others of the longer series": ("range(0, 2 * power, 2)", "range(1, 2 * power, 2)"),
        "not every other one": ("range(0, 2 * power, 2)", "range(2 * power)"),
        "the last of those between": ("between[: n_head - power]", "between[2 * power - n_head :]"),
        "all of those between": ("between[: n_head - power]", "between"),
        "the first slopes again": ("between[: n_head - power]", "slopes[: n_head - power]"),
        "sorted": ("slopes + between[: n_head - power]", "sorted(slopes + between[: n_head - power], reverse=True)"),
        "between in front": ("slopes + between[: n_head - power]", "between[: n_head - power] + slopes"),
        "a list": (
            "torch.tensor(slopes + between[: n_head - power])",
            "slopes + between[: n_head - power]",
        ),
        "axes for queries and keys": (
            "torch.tensor(slopes + between[: n_head - power])",
            "torch.tensor(slopes + between[: n_head - power])[:, None, None]",
        ),
        "always float64": (
            "torch.tensor(slopes + between[: n_head - power])",
            "torch.tensor(slopes + between[: n_head - power], dtype=torch.float64)",
        ),
    },
    "positions.ALiBi.bias": {
        "sign": ("return -self", "return self"),
        "key minus query": (
            "query_position[..., None, :, None] - key_position[..., None, None, :]",
            "key_position[..., None, None, :] - query_position[..., None, :, None]",
        ),
        "sizes of the distances, with the wrong sign": (
            "-self.slopes[:, None, None] * distance",
            "self.slopes[:, None, None] * distance.abs()",
        ),
        "keys by queries": (
            "query_position[..., None, :, None] - key_position[..., None, None, :]",
            "query_position[..., None, None, :] - key_position[..., None, :, None]",
        ),
        "slopes along the queries": ("self.slopes[:, None, None]", "self.slopes[None, :, None]"),
        "slopes along the keys": ("self.slopes[:, None, None]", "self.slopes"),
        "slopes along the sequences": ("self.slopes[:, None, None]", "self.slopes[:, None, None, None]"),
        "one slope for all heads": (
            "self.slopes[:, None, None]",
            "self.slopes[:1, None, None].expand(len(self.slopes), 1, 1)",
        ),
        "slopes backwards": ("self.slopes[:, None, None]", "self.slopes.flip(0)[:, None, None]"),
        "slopes worked out again, for a power of two": (
            "self.slopes[:, None, None]",
            "torch.tensor([2 ** (-8 * (h + 1) / len(self.slopes)) for h in range(len(self.slopes))])[:, None, None]",
        ),
        "slopes changed in place": ("-self.slopes[:, None, None]", "self.slopes.neg_()[:, None, None]"),
        "queries counted from zero": (
            "query_position[..., None, :, None] -",
            "torch.arange(query_position.size(-1))[:, None] -",
        ),
        "keys counted from zero": (
            "- key_position[..., None, None, :]",
            "- torch.arange(key_position.size(-1))",
        ),
        "distance from zero on": (
            "query_position[..., None, :, None] - key_position[..., None, None, :]",
            "torch.arange(query_position.size(-1))[:, None] - torch.arange(key_position.size(-1))",
        ),
        "the last of the queries at the last of the keys": (
            "query_position[..., None, :, None] - key_position[..., None, None, :]",
            "torch.arange(query_position.size(-1))[:, None] - torch.arange(key_position.size(-1))"
            " + key_position.size(-1) - query_position.size(-1)",
        ),
        "queries with queries": ("key_position[..., None, None, :]", "query_position[..., None, None, :]"),
        "position of the query, not the distance": (
            " - key_position[..., None, None, :]",
            ".expand(*query_position.shape[:-1], 1, -1, key_position.size(-1))",
        ),
        "position of the key, not the distance": (
            "query_position[..., None, :, None] - key_position[..., None, None, :]",
            "-key_position[..., None, None, :].expand(*key_position.shape[:-1], 1, query_position.size(-1), -1)",
        ),
        "the first sequence's distances for all": (
            "# Every head has its own slope.",
            "distance = distance[0] if distance.ndim == 4 else distance",
        ),
        "positions shared by all sequences only": (
            "query_position[..., None, :, None] - key_position[..., None, None, :]",
            "query_position[:, None] - key_position[None, :]",
        ),
        "no axis for the heads between sequences and queries": (
            "query_position[..., None, :, None] - key_position[..., None, None, :]",
            "query_position[..., :, None] - key_position[..., None, :]",
        ),
        "heads in front of the sequences": (
            "return -self.slopes[:, None, None] * distance",
            "bias = -self.slopes[:, None, None] * distance\n"
            "        return bias.transpose(0, 1) if bias.ndim == 4 else bias",
        ),
        "distance plus one": ("- key_position[..., None, None, :]", "- key_position[..., None, None, :] + 1"),
        "distance squared": ("* distance", "* distance**2"),
        "logarithm of the distance": ("* distance", "* distance.abs().log1p()"),
        "root of the distance": ("* distance", "* distance.clamp(min=0).sqrt()"),
        "added, not multiplied": ("* distance", "+ distance"),
        "divided by the length": ("* distance", "* distance / key_position.size(-1)"),
        "far keys all alike": ("* distance", "* distance.clamp(max=4)"),
        "an axis for the sequences": (
            "-self.slopes[:, None, None] * distance",
            "(-self.slopes[:, None, None] * distance)[None]",
        ),
        "a factor, not a summand": (
            "return -self.slopes[:, None, None] * distance",
            "return torch.exp(-self.slopes[:, None, None] * distance)",
        ),
        "whole numbers": ("-self.slopes[:, None, None] * distance", "(-self.slopes[:, None, None] * distance).round()"),
        "widened": ("* distance", "* distance.double()"),
        "query positions changed in place": (
            "query_position[..., None, :, None] -",
            "query_position.sub_(1)[..., None, :, None] + 1 -",
        ),
        "nothing returned": ("return -self", "-self"),
    },
}
