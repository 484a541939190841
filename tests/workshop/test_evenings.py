"""Evenings: two or three things wrong at once, as somebody leaves them who comes from another code or has half a piece
written. Nothing that is said of them may be false.

Of every evening its author knows what is wrong. So there are three kinds of sentences, and each is checked in its way:
a mistake of the catalogue, as a fact or as one of several things, must be one of those that are in the code; a step
whose value never comes up must be one that the code does not take; and what is left must be a sentence about numbers,
which is computed from them (`test_diagnosis` holds each kind against tensors made by hand).
"""

import ast
import re
import textwrap
from dataclasses import dataclass

import pytest

from scripts.workshop.check.checking import check_piece
from scripts.workshop.diagnose import mistakes_of
from scripts.workshop.diagnose.diagnosis import diagnose
from scripts.workshop.pieces import BY_ID, PIECES
from scripts.workshop.pieces.source import Source, outline
from scripts.workshop.pieces.stubs import REFERENCE

FIRST_TRACK = [piece for piece in PIECES if piece.track == "nanochat"]


@dataclass(frozen=True)
class Evening:
    piece: str
    after: str  # whose way of writing it is
    body: str
    wrong: set[str]  # what is wrong with it: kinds and names of the catalogue that are true of it
    steps: tuple[str, ...] = ()  # steps of the outline that it does not take, or takes otherwise
    leaks: bool = False  # whether a later token changes an earlier result


EVENINGS = [
    Evening(
        "gpt.GPT.__init__",
        "nanoGPT's names, and no positions",
        """
        super().__init__()
        self.config = config
        self.transformer = nn.ModuleDict(dict(
            wte=nn.Embedding(config.vocab_size, config.n_embd),
            h=nn.ModuleList([build_block(config, layer) for layer in range(config.n_layer)]),
        ))
        self.lm_head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        """,
        {"part missing", "embedding not created", "blocks not created", "head not created", "positions not created"},
    ),
    Evening(
        "gpt.GPT.__init__",
        "a list that torch does not see, with layers from 1",
        """
        super().__init__()
        self.config = config
        self.embedding = build_embedding(config)
        self.blocks = [build_block(config, layer + 1) for layer in range(config.n_layer)]
        self.head = build_head(config, self.embedding)
        self.positions = Positions(config)
        """,
        {"blocks in a plain list", "layers counted from 1"},
    ),
    Evening(
        "blocks.Block.__init__",
        "transformers' names",
        """
        super().__init__()
        self.self_attn = build_attention(config, layer)
        self.mlp = build_feed_forward(config)
        self.input_layernorm = build_norm(config)
        self.post_attention_layernorm = build_norm(config)
        """,
        {"part missing", "part under another name", "attention under another name"},
    ),
    Evening(
        "blocks.Block.__init__",
        "one norm, and every layer the first",
        """
        super().__init__()
        self.attn_norm = self.mlp_norm = build_norm(config)
        self.attn = build_attention(config, 0)
        self.mlp = build_feed_forward(config)
        """,
        {"one norm for both", "the first layer, whichever it is"},
    ),
    Evening(
        "attention.CausalSelfAttention.__init__",
        "Raschka's, with biases and one size for all heads",
        """
        super().__init__()
        self.head_dim = config.n_embd // config.n_head
        self.n_head, self.n_kv_head = config.n_head, config.n_kv_head
        self.q_proj = nn.Linear(config.n_embd, config.n_embd)
        self.k_proj = nn.Linear(config.n_embd, config.n_embd)
        self.v_proj = nn.Linear(config.n_embd, config.n_embd)
        self.o_proj = nn.Linear(config.n_embd, config.n_embd)
        """,
        {
            "a projection with a bias",
            "width of the stream for that of all heads",
            "query heads for key/value heads",
            "size of a head from the width",
            "head_dim as the width by the heads",
            "norm_eps not created",
        },
    ),
    Evening(
        "attention.CausalSelfAttention.__init__",
        "nanochat's names",
        """
        super().__init__()
        self.n_head, self.n_kv_head, self.head_dim = config.n_head, config.n_kv_head, config.head_dim
        self.c_q = nn.Linear(config.n_embd, config.n_head * config.head_dim, bias=False)
        self.c_k = nn.Linear(config.n_embd, config.n_kv_head * config.head_dim, bias=False)
        self.c_v = nn.Linear(config.n_embd, config.n_kv_head * config.head_dim, bias=False)
        self.c_proj = nn.Linear(config.n_embd, config.n_embd, bias=False)
        """,
        {
            "part missing",
            "norm_eps not created",
            "q_proj not created",
            "k_proj not created",
            "v_proj not created",
            "o_proj not created",
        },
    ),
    Evening(
        "feed_forward.MLP.__init__",
        "Raschka's sequence of layers",
        """
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(config.n_embd, 4 * config.n_embd), nn.GELU(), nn.Linear(4 * config.n_embd, config.n_embd)
        )
        """,
        {"part missing", "up_proj not created", "down_proj not created"},
    ),
    Evening(
        "feed_forward.MLP.__init__",
        "biases, and twice the width",
        """
        super().__init__()
        self.up_proj = nn.Linear(config.n_embd, 2 * config.n_embd)
        self.down_proj = nn.Linear(2 * config.n_embd, config.n_embd)
        """,
        {"with a bias", "both with a bias", "another hidden width", "only twice as wide"},
    ),
    Evening(
        "positions.precompute_rotary_tables",
        "nanochat's bfloat16 tables with axes for sequences and heads",
        """
        channel_range = torch.arange(0, head_dim, 2, dtype=torch.float32)
        inv_freq = 1.0 / (theta ** (channel_range / head_dim))
        freqs = torch.outer(torch.arange(length, dtype=torch.float32), inv_freq)
        cos, sin = freqs.cos().bfloat16(), freqs.sin().bfloat16()
        return cos[None, :, None, :], sin[None, :, None, :]
        """,
        {"always bfloat16", "dtype fixed"},
    ),
    Evening(
        "positions.precompute_rotary_tables",
        "transformers' doubled frequencies, from 1, with the base 10,000",
        """
        inv_freq = 1.0 / (10000.0 ** (torch.arange(0, head_dim, 2).float() / head_dim))
        freqs = torch.outer(torch.arange(1, length + 1).float(), inv_freq)
        emb = torch.cat((freqs, freqs), dim=-1)
        return emb.cos(), emb.sin()
        """,
        {"base hard-coded", "positions from 1", "D columns", "every frequency twice"},
        steps=("Give each pair", "Compute the angle"),
    ),
    Evening(
        "gpt.GPT.init_weights",
        "the head and the MLPs forgotten",
        """
        self.apply(self._init_weights)
        for name, module in self.blocks.named_modules():
            if name.endswith("o_proj"):
                nn.init.zeros_(module.weight)
        """,
        {"head not zeroed", "some output projections left out", "the MLP's output projection not zeroed"},
    ),
    Evening(
        "gpt.GPT.init_weights",
        "GPT-2's way, as nanoGPT has it",
        """
        self.apply(self._init_weights)
        for pn, p in self.named_parameters():
            if pn.endswith("c_proj.weight"):
                nn.init.normal_(p, mean=0.0, std=0.02 / math.sqrt(2 * self.config.n_layer))
        """,
        {"head not zeroed", "names that never match", "looked for among the parameters", "nothing zero in the end"},
    ),
    Evening(
        "gpt.GPT._init_weights",
        "nanoGPT's",
        """
        if isinstance(module, nn.Linear):
            torch.nn.init.normal_(module.weight, mean=0.0, std=0.02)
            if module.bias is not None:
                torch.nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Embedding):
            torch.nn.init.normal_(module.weight, mean=0.0, std=0.02)
        """,
        {"another recipe", "GPT-2's 0.02", "embedding too small", "embedding as small as GPT-2's"},
    ),
    Evening(
        "gpt.GPT._init_weights",
        "fans swapped, the bias forgotten",
        """
        if isinstance(module, nn.Linear):
            fan_in, fan_out = module.weight.shape
            nn.init.normal_(module.weight, std=fan_in**-0.5 * min(1.0, math.sqrt(fan_out / fan_in)))
        elif isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight)
        """,
        {"fan_in and fan_out swapped", "bias not zero", "bias forgotten"},
    ),
    Evening(
        "gpt.GPT.forward",
        "nanoGPT's, with all contexts for every block",
        """
        b, t = tokens.size()
        pos = torch.arange(0, t, device=tokens.device)
        x = self.embedding(tokens, pos)
        for block in self.blocks:
            x = block(x, self.positions(pos))
        if targets is not None:
            logits = self.head(x)
            loss = F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1), ignore_index=-1)
        else:
            logits, loss = self.head(x[:, [-1], :]), None
        return logits, loss
        """,
        {"all contexts for every layer", "last position's logits only", "logits and loss together"},
    ),
    Evening(
        "gpt.GPT.forward",
        "nanoGPT's, with a loss of its own and the last logits",
        """
        b, t = tokens.size()
        pos = torch.arange(0, t, device=tokens.device)
        x = self.embedding(tokens, pos)
        for block, context in zip(self.blocks, self.positions(pos)):
            x = block(x, context)
        if targets is not None:
            logits = self.head(x)
            return F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1))
        return self.head(x[:, [-1], :])
        """,
        {
            "last position's logits only",
            "ignore_index forgotten",
            "positions without an axis for sequences",
            "cache ignored",
            "earlier calls forgotten",
            "only chapter one's head",
            "the head taken apart for the loss",
            "too few digits behind the head",
        },
    ),
    Evening(
        "norms.rms_norm",
        "Llama's, with eps outside and nothing widened",
        """
        return x / (x.pow(2).mean(-1, keepdim=True).sqrt() + eps)
        """,
        {"eps not under the root", "eps outside the root", "too narrow", "not widened to float32"},
        steps=("Take the mean square",),
    ),
    Evening(
        "norms.rms_norm",
        "Raschka's layer norm, and an eps of its own",
        """
        mean = x.mean(dim=-1, keepdim=True)
        var = x.var(dim=-1, keepdim=True, unbiased=False)
        return (x - mean) / torch.sqrt(var + 1e-5)
        """,
        {
            "a mean subtracted",
            "layer norm",
            "eps hard-coded",
            "eps hard-coded to 1e-5",
            "too narrow",
            "not widened to float32",
        },
        steps=("Take the mean square",),
    ),
    Evening(
        "blocks.Block.forward",
        "the first transformer's, in place",
        """
        x += self.attn(x, context)
        x = self.attn_norm(x)
        x += self.mlp(x)
        return self.mlp_norm(x)
        """,
        {"post-norm", "changed in place", "x changed in place", "residual stream normed"},
    ),
    Evening(
        "blocks.Block.forward",
        "transformers' residual, taken once, and one norm too few",
        """
        residual = x
        hidden_states = self.attn_norm(x)
        hidden_states = residual + self.attn(hidden_states, context)
        return residual + self.mlp(hidden_states)
        """,
        {
            "MLP's residual from the block's input",
            "MLP added to the block's input",
            "norm forgotten",
            "no norm before the MLP",
        },
        steps=("MLP sublayer",),
    ),
    Evening(
        "attention.CausalSelfAttention.forward",
        "nanoGPT's: heads in front, neither rotation nor norm",
        """
        B, T, C = x.size()
        q = self.q_proj(x).view(B, T, self.n_head, self.head_dim).transpose(1, 2)
        k = self.k_proj(x).view(B, T, self.n_kv_head, self.head_dim).transpose(1, 2)
        v = self.v_proj(x).view(B, T, self.n_kv_head, self.head_dim).transpose(1, 2)
        y = self.attend(q, k, v, context)
        y = y.transpose(1, 2).contiguous().view(B, T, C)
        return self.o_proj(y)
        """,
        {
            "heads in front",
            "heads joined to the width of the stream",
            "not rotated",
            "no rotation",
            "no QK norm",
            "queries or keys not normalised",
        },
    ),
    Evening(
        "attention.CausalSelfAttention.forward",
        "torch's attention, keys not rotated, an eps of torch's",
        """
        B, T, _ = x.shape
        q = self.q_proj(x).view(B, T, self.n_head, self.head_dim)
        k = self.k_proj(x).view(B, T, self.n_kv_head, self.head_dim)
        v = self.v_proj(x).view(B, T, self.n_kv_head, self.head_dim)
        q = nn.functional.rms_norm(context.rotate(q), (self.head_dim,))
        k = nn.functional.rms_norm(k, (self.head_dim,))
        return self.o_proj(self.attend(q, k, v, context).reshape(B, T, -1))
        """,
        {"not rotated", "keys not rotated", "eps of the dtype", "the machine epsilon of the dtype"},
        steps=("Rotate", "QK norm"),
    ),
    Evening(
        "attention.CausalSelfAttention.forward",
        "values rotated, and one norm forgotten",
        """
        B, T, _ = x.shape
        query = context.rotate(self.q_proj(x).view(B, T, self.n_head, self.head_dim))
        key = context.rotate(self.k_proj(x).view(B, T, self.n_kv_head, self.head_dim))
        value = context.rotate(self.v_proj(x).view(B, T, self.n_kv_head, self.head_dim))
        return self.o_proj(self.attend(rms_norm(query, self.norm_eps), key, value, context).flatten(2))
        """,
        {"values rotated too", "keys not normalised", "queries or keys not normalised"},
        steps=("QK norm",),
    ),
    Evening(
        "positions.apply_rotary",
        "nanochat's direction, not narrowed",
        """
        d = x.shape[3] // 2
        x1, x2 = x[..., :d], x[..., d:]
        y1 = x1 * cos + x2 * sin
        y2 = x1 * (-sin) + x2 * cos
        return torch.cat([y1, y2], 3)
        """,
        {"rotated backwards", "rotated backwards, as nanochat does", "another dtype", "result not cast back"},
    ),
    Evening(
        "positions.apply_rotary",
        "neighbours paired, backwards",
        """
        x1, x2 = x[..., 0::2], x[..., 1::2]
        y1 = x1 * cos + x2 * sin
        y2 = x2 * cos - x1 * sin
        return torch.stack((y1, y2), dim=-1).flatten(-2)
        """,
        {
            "neighbours paired",
            "neighbours paired and put back in their places",
            "rotated backwards",
            "rotated backwards, as nanochat does",
            "another dtype",
            "result not cast back",
        },
        steps=("Pair the first half", "Rotate each pair"),
    ),
    Evening(
        "attention.causal_mask",
        "nanoGPT's triangle",
        """
        return torch.tril(torch.ones(query_position.size(-1), key_position.size(-1), dtype=torch.bool))
        """,
        {"places taken for positions", "a triangle from the top left"},
    ),
    Evening(
        "attention.causal_mask",
        "Raschka's, true where a key is hidden",
        """
        T = query_position.shape[-1]
        return torch.triu(torch.ones(T, T), diagonal=1).bool()
        """,
        {"hidden and visible swapped", "places taken for positions", "past hidden instead of the future"},
    ),
    Evening(
        "attention.manual_attention",
        "nanoGPT's, with a triangle and a scale of its own",
        """
        T = query.size(-2)
        att = (query @ key.transpose(-2, -1)) * (1.0 / query.size(-1) ** 0.5)
        att = att.masked_fill(torch.tril(torch.ones(T, key.size(-2))) == 0, float("-inf"))
        att = att.softmax(dim=-1)
        return att @ value
        """,
        {"a scale of your own", "scale by the size of the head", "a mask of your own", "a triangle from the top left"},
        steps=("Score every key", "Hide the keys", "Turn each query's"),
    ),
    Evening(
        "attention.manual_attention",
        "Raschka's: masked the wrong way round, not scaled",
        """
        attn_scores = query @ key.transpose(2, 3)
        attn_scores = attn_scores.masked_fill(mask, float("-inf"))
        attn_weights = torch.softmax(attn_scores, dim=-1)
        return attn_weights @ value
        """,
        {"scale forgotten", "no scale", "mask the wrong way round", "hidden and visible swapped"},
        steps=("Score every key", "Hide the keys", "Turn each query's"),
        leaks=True,
    ),
    Evening(
        "feed_forward.MLP.forward",
        "GPT-2's activation, and the residual",
        """
        return x + self.down_proj(F.gelu(self.up_proj(x)))
        """,
        {"another activation", "GELU", "residual added here too"},
        steps=("Squared ReLU",),
    ),
    Evening(
        "feed_forward.MLP.forward",
        "not squared, and not projected back",
        """
        x = self.up_proj(x)
        return F.relu(x)
        """,
        {"not squared", "a plain ReLU", "down_proj forgotten", "down forgotten"},
        steps=("Squared ReLU",),
    ),
    Evening(
        "norms.soft_cap",
        "nanochat's 15, in float32",
        """
        return 15 * torch.tanh(x.float() / 15)
        """,
        {"cap hard-coded", "cap hard-coded to 15", "another dtype", "result in float32"},
    ),
    Evening(
        "optimization.optimizers.setup_optimizers",
        "AdamW as it comes",
        """
        head, embedding, matrices = parameter_groups(model)
        scale = (model.config.n_embd / 768) ** -0.5
        adamw = torch.optim.AdamW(
            [dict(params=head, lr=head_lr * scale), dict(params=embedding, lr=embedding_lr * scale)]
        )
        return [adamw, Muon(matrices, lr=matrix_lr, momentum=0.95)]
        """,
        {
            "other betas",
            "betas left at their default",
            "eps too large",
            "eps left at its default",
            "weight decay",
            "weight decay left at its default",
            "initial_lr missing",
            "initial_lr forgotten",
        },
    ),
    Evening(
        "optimization.flops.estimate_flops",
        "nanoGPT's, per sequence",
        """
        N = sum(p.numel() for p in model.parameters())
        cfg = model.config
        L, H, Q, T = cfg.n_layer, cfg.n_head, cfg.n_embd // cfg.n_head, cfg.max_seq_len
        flops_per_token = 6 * N + 12 * L * H * Q * T
        return flops_per_token * T
        """,
        {"embedding counted", "per sequence, not per token", "heads of another size", "width for head_dim"},
    ),
    Evening(
        "gpt.GPT.get_device",
        "a name, chosen without looking",
        """
        return "cuda" if torch.cuda.is_available() else "cpu"
        """,
        {
            "a device named without looking",
            "CUDA where there is one",
            "something else than a device",
            "a string",
            "hard-coded",
        },
    ),
    Evening(
        "decoding.generation.generate",
        "nanoGPT's, whole",
        """
        for _ in range(max_new_tokens):
            idx_cond = tokens if tokens.size(1) <= model.config.max_seq_len else tokens[:, -model.config.max_seq_len :]
            logits = model(idx_cond)
            logits = logits[:, -1, :] / temperature
            if top_k is not None:
                v, _ = torch.topk(logits, min(top_k, logits.size(-1)))
                logits[logits < v[:, [-1]]] = -float("Inf")
            probs = F.softmax(logits, dim=-1)
            idx_next = torch.multinomial(probs, num_samples=1)
            tokens = torch.cat((tokens, idx_next), dim=1)
        return tokens
        """,
        {"generator ignored"},
    ),
    Evening(
        "decoding.generation.generate",
        "Raschka's simple one",
        """
        for _ in range(max_new_tokens):
            idx_cond = tokens[:, -model.config.max_seq_len :]
            with torch.no_grad():
                logits = model(idx_cond)
            logits = logits[:, -1, :]
            probas = torch.softmax(logits, dim=-1)
            idx_next = torch.argmax(probas, dim=-1, keepdim=True)
            tokens = torch.cat((tokens, idx_next), dim=1)
        return tokens
        """,
        {"greedy above zero", "always greedy"},
    ),
    Evening(
        "decoding.generation.next_token_distribution",
        "nanoGPT's",
        """
        logits = logits / temperature
        if top_k is not None:
            v, _ = torch.topk(logits, top_k)
            logits[logits < v[:, [-1]]] = -float("Inf")
        return F.softmax(logits, dim=-1)
        """,
        {
            "division by a temperature of zero",
            "temperature 0 not handled",
            "top_k above the vocabulary size",
            "top_k above V",
        },
    ),
    Evening(
        "decoding.generation.next_token_distribution",
        "Raschka's, the temperature last",
        """
        if top_k is not None:
            top_logits, _ = torch.topk(logits, top_k)
            min_val = top_logits[:, -1]
            logits = torch.where(logits < min_val, torch.tensor(float("-inf")), logits)
        if temperature > 0.0:
            return torch.softmax(logits, dim=-1) / temperature
        return torch.argmax(logits, dim=-1, keepdim=True)
        """,
        {
            "temperature after the softmax",
            "probabilities divided by the temperature",
            "top_k above the vocabulary size",
            "top_k above V",
            "a token for a distribution",
            "the argmax itself",
        },
    ),
]

# Sentences about numbers, and nothing else.
NUMBERS = [
    r"The values are right; only the gradient is not\.",
    r"(In this case, y|Y)ours is (input \d|[\d.e+-]+( \(1 / [\d.e+-]+\))? times|(the root of )?[\d/]+ times|"
    r"the expected (plus|minus)|right, but with axes|nearly right).*",
    r"(All \d+ of your numbers|\d+ of your \d+ numbers|It) (is|are) infinite or no number at all \(NaN\)\.",
    r"All of yours are zero\.",
    r"The numbers are right, and in the right order, but the shape is \(.*\)\.",
    r"(Along axis|Only index|Only the last|Indices|The last) .*",
    r"Where \(# is wrong; .*\):",
    r"  [.#]+",
]
STEP = re.compile(r"None of your values is what this step comes to, \(.*?\): (.*?)\. (Your `\w+` differs|Look there)")


def spent(evening: Evening) -> tuple[list, str, str]:
    """The known mistakes in the code of an evening, what is said beside its first failure, and that."""
    piece = BY_ID[evening.piece]
    source = Source.read(REFERENCE / piece.file)
    node = source.find(piece.qualname)
    heading = "".join(source.lines[source.span(node)][: node.body[0].lineno - source.span(node).start - 1])
    body = textwrap.indent(textwrap.dedent(evening.body).strip(), " " * node.body[0].col_offset)
    theirs = Source(source.with_function(piece.qualname, f"{heading}{body}\n"), source.path.with_name("theirs.py"))
    finding = check_piece(piece, theirs)
    assert finding.case, "there is nothing wrong with it"
    return *diagnose(piece, theirs, finding.case), finding.message


def falsehoods(evening: Evening, known: list, text: str) -> list[str]:
    """What is said of an evening that is not so."""
    found = [
        f"{'as a fact' if each.certain else 'perhaps'}: {mistake.kind}, {mistake.name}"
        for each in known
        for mistake in each.mistakes
        if not {mistake.kind, mistake.name} & evening.wrong
    ]
    # Of a known mistake every sentence stands in the catalogue.
    said = [line for line in text.splitlines() if not any(line in each.said("WHERE") for each in known)]
    for line in said:
        if line.startswith("One of several things: with ") or any(re.fullmatch(form, line) for form in NUMBERS):
            continue
        if line.startswith("The future leaks: "):
            found += [] if evening.leaks else [line]
        elif step := STEP.match(line):
            found += [] if step[1].startswith(evening.steps or "-") else [line]
        else:
            found.append(f"of no known form: {line}")
    return found


def test_nothing_of_the_reference_is_named_that_the_learner_does_not_see():
    for piece in FIRST_TRACK:
        source = Source.read(REFERENCE / piece.file)
        node = source.function(piece.qualname)
        seen = f"{ast.get_docstring(node)} {outline(source, node)} {ast.unparse(node.args)} {piece.why} {piece.todo}"
        made = {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
        for name in (name for name in made if not re.search(rf"\b{name}\b", seen)):
            # What is an English word too counts where it is set apart as code.
            telling = name if re.search(r"[_\d]", name) else f"`{name}`"
            said = [text for each in mistakes_of(piece) for text in (each.name, each.kind, each.why)]
            assert not [text for text in said if re.search(rf"(?<!\w){telling}(?!\w)", text)], (piece.id, name)


QUICK = {"norms.soft_cap", "attention.causal_mask", "feed_forward.MLP.__init__"}


def marks(piece: str) -> list:
    # In one worker, what the mistakes of a piece come to is found out once.
    return [pytest.mark.xdist_group(piece), *([] if piece in QUICK else [pytest.mark.slow])]


@pytest.mark.parametrize(
    "evening", [pytest.param(each, marks=marks(each.piece), id=f"{each.piece}: {each.after}") for each in EVENINGS]
)
def test_nothing_false_is_said_where_several_things_are_wrong(evening):
    known, text, _ = spent(evening)
    assert not falsehoods(evening, known, text), text


def test_every_piece_of_the_first_track_has_its_evening():
    assert {each.piece for each in EVENINGS} == {piece.id for piece in FIRST_TRACK}
    for each in EVENINGS:
        mistakes = mistakes_of(BY_ID[each.piece])
        assert each.wrong <= {mistake.kind for mistake in mistakes} | {mistake.name for mistake in mistakes}, each.piece
    assert len(EVENINGS) >= 30
