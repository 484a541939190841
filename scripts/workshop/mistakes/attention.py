"""Mistakes in attention.py."""

from . import Kind
from .common import GRADIENT_CUT, HARD_CODED, IN_PLACE, NOTHING_RETURNED, OTHER_DTYPE

NOT_KEPT = (
    "Something that the docstring asks for is missing in your module. The forward pass looks for it under its name and "
    "stops with an error; even what a model does without has to be there, as None."
)
PLAIN_TENSOR = (
    "You keep a plain tensor where a parameter is asked for. No optimizer ever sees it, so that it never learns, and "
    "it is neither saved nor moved to a GPU together with the model."
)
CONTEXT_CUT = (
    "You hand on less than the layer was told: its cache, its window, its bias or its number is missing. Nothing "
    "complains, but earlier tokens are forgotten, others are seen or weighed wrongly, or the layer is taken for the "
    "first one."
)

MISTAKES = {
    "attention.FullWidthNorm.forward": {
        "normed head by head": Kind(
            "You norm every head by itself, so that all of them have the same size before the weights act. Here only "
            "all heads of a token together get a fixed size, and one may stay larger than its neighbours.",
            {
                "normed head by head": (
                    "self.norm(x.flatten(-2)).unflatten(-1, x.shape[-2:])",
                    "nn.functional.rms_norm(x, x.shape[-1:], eps=self.norm.eps) * self.norm.weight.view(x.shape[-2:])",
                )
            },
        ),
        "heads not laid side by side": Kind(
            "You hand the norm the heads on an axis of their own, where it expects all of a token's numbers in one "
            "row. It has a weight for each of those numbers, which fits no single head.",
            {"heads not laid side by side": ("self.norm(x.flatten(-2)).unflatten(-1, x.shape[-2:])", "self.norm(x)")},
        ),
        "normed place by place": Kind(
            "You norm the numbers that stand at the same place in all heads, every place by itself. Each place comes "
            "out equally large then, where only the whole row of a token's numbers should have a fixed size.",
            {
                "normed over the heads only": (
                    "self.norm(x.flatten(-2)).unflatten(-1, x.shape[-2:])",
                    "x * (x.pow(2).mean(dim=-2, keepdim=True) + self.norm.eps).rsqrt() * "
                    "self.norm.weight.view(x.shape[-2:])",
                )
            },
        ),
        "normed over other tokens too": Kind(
            "The average that you divide by takes in other tokens as well. A token's queries and keys then depend on "
            "tokens after it, which are not there yet when the model generates.",
            {
                "normed over the tokens": (
                    "self.norm(x.flatten(-2)).unflatten(-1, x.shape[-2:])",
                    "self.norm(x.transpose(1, 2).flatten(-2)).unflatten(-1, (x.size(1), x.size(3))).transpose(1, 2)",
                ),
                "normed over a whole sequence": (
                    "self.norm(x.flatten(-2)).unflatten(-1, x.shape[-2:])",
                    "nn.functional.rms_norm(x, x.shape[1:], eps=self.norm.eps) * self.norm.weight.view(x.shape[-2:])",
                ),
            },
        ),
        "not split into heads again": Kind(
            "You return all heads of a token as one long row. Whoever reads it goes on head by head, turning them and "
            "comparing them, and misses the axis of the heads.",
            {"not split into heads again": (".unflatten(-1, x.shape[-2:])", "")},
        ),
        "joined in one order, split in another": Kind(
            "You join the numbers in one order and split them in another, or into heads of another size. What was "
            "made for one head ends up in others, with which it has nothing to do.",
            {
                "numbers and heads swapped": ("x.flatten(-2)", "x.mT.flatten(-2)"),
                "split into heads of another size": ("x.shape[-2:]", "(x.size(-1), x.size(-2))"),
                "numbers by heads, not heads by numbers": (
                    ".unflatten(-1, x.shape[-2:])",
                    ".unflatten(-1, (x.size(-1), x.size(-2))).mT",
                ),
            },
        ),
        "normed twice": Kind(
            "You norm what has been normed already. The weights act twice, and the size that the first norm gave is "
            "divided away by the second.",
            {"normed twice": ("self.norm(x.flatten(-2))", "self.norm(self.norm(x.flatten(-2)))")},
        ),
        "weights forgotten": Kind(
            "You compute the norm by yourself and leave out the weights that belong to it. They get no gradient to "
            "learn from, and every number keeps the size that the bare norm gives it.",
            {
                "the norm's weights forgotten": (
                    "self.norm(x.flatten(-2))",
                    "nn.functional.rms_norm(x.flatten(-2), (x[0, 0].numel(),), eps=self.norm.eps)",
                )
            },
        ),
        "nothing normed": Kind(
            "You return the input as it was. Queries and keys may then grow in training without bound, and their "
            "scores with them, until the softmax sees one key only.",
            {"nothing normed": ("self.norm(x.flatten(-2)).unflatten(-1, x.shape[-2:])", "x")},
        ),
        "input added": Kind(
            "You add the input to what the norm gives, as a block does in the residual stream. A norm replaces what "
            "it norms; with the input on top, nothing bounds the size of queries and keys.",
            {"what came in added": ("return self.norm", "return x + self.norm")},
        ),
        "another dtype": Kind(OTHER_DTYPE, {"result widened": ("x.flatten(-2)", "x.flatten(-2).float()")}),
        "gradient cut": Kind(GRADIENT_CUT, {"gradient cut": ("x.flatten(-2)", "x.detach().flatten(-2)")}),
        "changed in place": Kind(IN_PLACE, {"input changed in place": ("x.flatten(-2)", "x.mul_(2).flatten(-2)")}),
        "numbers of the heads alternate": Kind(
            "You let the numbers of a token's heads alternate in the row that you norm, where all numbers of one "
            "head should stand together. The norm's weights, one for each place in the row, then act on numbers "
            "that belong to other places.",
            {
                "row of numbers by heads, there and back": (
                    "self.norm(x.flatten(-2)).unflatten(-1, x.shape[-2:])",
                    "self.norm(x.mT.flatten(-2)).unflatten(-1, (x.size(-1), x.size(-2))).mT",
                )
            },
        ),
    },
    "attention.CausalSelfAttention.__init__": {
        "nn.Module not set up": Kind(
            "You never call the constructor of the base class, which makes a module of the object. Without it, the "
            "first layer that you assign raises an error, and no parameter would ever be found.",
            {"super().__init__() forgotten": ("super().__init__()", "pass")},
        ),
        "bias not as configured": Kind(
            "One of your projections always has a bias, or never has one, whatever the configuration says. The "
            "weights of a public model then find no place, or leave a bias behind that was never trained.",
            {
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
                "gate without the bias": (
                    "self.gate_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim, bias=config.bias)",
                    "self.gate_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim, bias=False)",
                ),
                "gate with a bias": (
                    "self.gate_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim, bias=config.bias)",
                    "self.gate_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim)",
                ),
            },
        ),
        "width of the stream for that of all heads": Kind(
            "You take the width of the residual stream for that of all heads together. The two agree only while the "
            "heads divide that width among them; with heads of any other size, the forward pass finds numbers that do "
            "not fit.",
            {
                "queries as wide as the stream": (
                    "self.q_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim",
                    "self.q_proj = nn.Linear(config.n_embd, config.n_embd",
                ),
                "output from the width of the stream": (
                    "self.o_proj = nn.Linear(config.n_head * config.head_dim",
                    "self.o_proj = nn.Linear(config.n_embd",
                ),
                "gate as wide as the stream": (
                    "self.gate_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim",
                    "self.gate_proj = nn.Linear(config.n_embd, config.n_embd",
                ),
            },
        ),
        "query heads for key/value heads": Kind(
            "You count the query heads where the key/value heads are meant. With grouped queries there are fewer of "
            "these, which keeps the cache small, and what is made for more does not fit the rest of the layer.",
            {
                "as many key heads as query heads": (
                    "self.k_proj = nn.Linear(config.n_embd, config.n_kv_head",
                    "self.k_proj = nn.Linear(config.n_embd, config.n_head",
                ),
                "as many value heads as query heads": (
                    "self.v_proj = nn.Linear(config.n_embd, config.n_kv_head",
                    "self.v_proj = nn.Linear(config.n_embd, config.n_head",
                ),
                "n_kv_head is n_head": ("self.n_kv_head = config.n_kv_head", "self.n_kv_head = config.n_head"),
                "norm of the keys for as many heads as queries": (
                    "self.k_norm = build_qk_norm(config, config.n_kv_head)",
                    "self.k_norm = build_qk_norm(config, config.n_head)",
                ),
            },
        ),
        "key/value heads for query heads": Kind(
            "You count the key/value heads where the query heads are meant. Queries, their norm and the gate serve "
            "all query heads, and with grouped queries there are more of these than of the others.",
            {
                "as few query heads as key heads": (
                    "self.q_proj = nn.Linear(config.n_embd, config.n_head",
                    "self.q_proj = nn.Linear(config.n_embd, config.n_kv_head",
                ),
                "gate as wide as keys": (
                    "self.gate_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim",
                    "self.gate_proj = nn.Linear(config.n_embd, config.n_kv_head * config.head_dim",
                ),
                "norm of the queries for as few heads as keys": (
                    "self.q_norm = build_qk_norm(config, config.n_head)",
                    "self.q_norm = build_qk_norm(config, config.n_kv_head)",
                ),
            },
        ),
        "keys for one head only": Kind(
            "You make the keys for a single head. Every key/value head has keys of its own, and what you make cannot "
            "be split among several of them.",
            {
                "keys of one head's width": (
                    "self.k_proj = nn.Linear(config.n_embd, config.n_kv_head * config.head_dim",
                    "self.k_proj = nn.Linear(config.n_embd, config.head_dim",
                )
            },
        ),
        "one module under two names": Kind(
            "Two names stand for one and the same module in your code. Whatever weights it has serve both purposes, "
            "so that neither can learn its own, and a public model has weights for both.",
            {
                "values from the keys' projection": (
                    "self.v_proj = nn.Linear(config.n_embd, config.n_kv_head * config.head_dim, bias=config.bias)",
                    "self.v_proj = self.k_proj",
                ),
                "gate's projection that of the queries": (
                    "self.gate_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim, bias=config.bias)",
                    "self.gate_proj = self.q_proj",
                ),
                "one norm for queries and keys": (
                    "self.k_norm = build_qk_norm(config, config.n_kv_head)",
                    "self.k_norm = self.q_norm",
                ),
            },
        ),
        "output projection under another name": Kind(
            "Your output projection goes by a name of your own. The forward pass looks for it in vain, and so does "
            "the initialization, which treats output projections differently and finds them by their name.",
            {"output projection under another name": ("self.o_proj", "self.out_proj")},
        ),
        "size of a head from the width": Kind(
            "You work out the size of a head from the width of the model, where the configuration has it. Heads may "
            "be of any size, and the projections, their split and the scale all have to agree on it.",
            {
                "head_dim by key/value heads": (
                    "self.head_dim = config.head_dim",
                    "self.head_dim = config.n_embd // config.n_kv_head",
                ),
                "head_dim as the width by the heads": (
                    "self.head_dim = config.head_dim",
                    "self.head_dim = config.n_embd // config.n_head",
                ),
                "scale by the width over the heads": (
                    "config.head_dim**-0.5 if",
                    "(config.n_embd / config.n_head)**-0.5 if",
                ),
            },
        ),
        "something not kept": Kind(
            NOT_KEPT,
            {
                "head_dim not kept": ("self.head_dim = config.head_dim", "pass"),
                "scale not kept": (
                    "self.scale = config.head_dim**-0.5 if config.score_scale is None else config.score_scale",
                    "pass",
                ),
                "norm of the queries forgotten": ("self.q_norm = build_qk_norm(config, config.n_head)", "pass"),
                "place of the QK norm not kept": ("self.qk_norm_after_rotary = config.qk_norm_after_rotary", "pass"),
                "backend not created": ("self.backend = build_backend(config)", "pass"),
                "soft cap not kept": ("self.softcap = config.attention_softcap", "pass"),
                "sinks forgotten": (
                    "self.sinks = nn.Parameter(torch.zeros(config.n_head)) if config.attention_sinks else None",
                    "pass",
                ),
                "gate not set where there is none": ("        self.gate_proj = None\n", ""),
                "dropout not created": ("self.dropout = nn.Dropout(config.dropout)", "pass"),
            },
        ),
        "requested scale not taken as it is": Kind(
            "Where the configuration names a scale, you do not use exactly that number. A model that was trained with "
            "it gets scores of another spread, and looks at its keys too sharply or too evenly.",
            {
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
            },
        ),
        "no scale where none is named": Kind(
            "Where the configuration names no scale, you keep None. The usual one, which follows from the size of a "
            "head, has to be filled in by then, because the backends multiply by whatever stands there.",
            {
                "scale None where none is given": (
                    "config.head_dim**-0.5 if config.score_scale is None else config.score_scale",
                    "config.score_scale",
                )
            },
        ),
        "another power of the head size": Kind(
            "You take the size of a head to another power than the scale asks for. A product of a query and a key "
            "spreads the wider the larger the head; your scale does not undo that, or undoes too much.",
            {
                "scale the root itself": ("config.head_dim**-0.5 if", "config.head_dim**0.5 if"),
                "scale without the root": ("config.head_dim**-0.5 if", "config.head_dim**-1.0 if"),
            },
        ),
        "QK norm not as configured": Kind(
            "You make up a QK norm of your own and pass over a setting: over which numbers it is taken, of which kind "
            "it is, or its eps. It fits one configuration, and every other one gets other scores.",
            {
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
                    "            lambda dim: NORMS[config.qk_normalization](dim, 1e-6), config.n_kv_head, "
                    "config.head_dim\n"
                    "        )",
                ),
            },
        ),
        "keys without their norm": Kind(
            "You let the keys pass without a norm. Only where both queries and keys have a fixed size are their "
            "products bounded, which is what QK norm is for.",
            {
                "norm of the keys nothing": (
                    "self.k_norm = build_qk_norm(config, config.n_kv_head)",
                    "self.k_norm = nn.Identity()",
                )
            },
        ),
        "a norm for the values too": Kind(
            "You create a norm for the values too, which nobody asks for. It plays no part in the forward pass, so "
            "that weights of it would never learn, and no public model has any.",
            {
                "a norm for the values too": (
                    "self.k_norm = build_qk_norm(config, config.n_kv_head)",
                    "self.k_norm, self.v_norm = (build_qk_norm(config, config.n_kv_head) for _ in range(2))",
                )
            },
        ),
        "place of the QK norm not as configured": Kind(
            "What you keep as the place of the QK norm does not follow the setting. Once the norm has weights, it "
            "gives other scores after the rotation than before it, and a trained model needs the one it learned with.",
            {
                "place of the QK norm hard-coded": (
                    "self.qk_norm_after_rotary = config.qk_norm_after_rotary",
                    "self.qk_norm_after_rotary = True",
                ),
                "place of the QK norm the other one": (
                    "self.qk_norm_after_rotary = config.qk_norm_after_rotary",
                    "self.qk_norm_after_rotary = not config.qk_norm_after_rotary",
                ),
            },
        ),
        "backend by its name": Kind(
            "You keep the name of a backend where the backend itself is wanted. What stands there is called with "
            "queries, keys and values, and a name cannot be called.",
            {
                "backend by its name": (
                    "self.backend = build_backend(config)",
                    "self.backend = config.attention_backend",
                )
            },
        ),
        "the same backend always": Kind(
            "You take one backend whatever the configuration names. Whoever chooses a faster one gets no faster, and "
            "what the chosen one cannot do is not refused as it should be.",
            {
                "the same backend always": (
                    "self.backend = build_backend(config)",
                    "from .backends import manual_attention\n\n        self.backend = manual_attention",
                )
            },
        ),
        "backend not asked whether it can": Kind(
            "You look the backend up without asking whether it can do all that the model wants. Some know no soft cap "
            "or no sinks, and would leave them out without a word.",
            {
                "backend not asked whether it can": (
                    "self.backend = build_backend(config)",
                    "from .backends import BACKENDS\n\n        self.backend = BACKENDS[config.attention_backend]",
                )
            },
        ),
        "soft cap never": Kind(
            "You keep no soft cap, not even where the configuration asks for one. A model that was trained with it "
            "meets scores larger than it has ever seen.",
            {"soft cap never": ("self.softcap = config.attention_softcap", "self.softcap = None")},
        ),
        "soft cap of the logits": Kind(
            "You keep the cap that is meant for the logits at the end of the model. The scores have a cap of their "
            "own, or none, and would be squeezed where nobody asked for it.",
            {
                "soft cap of the logits": (
                    "self.softcap = config.attention_softcap",
                    "self.softcap = config.logit_softcap",
                )
            },
        ),
        "soft cap of zero": Kind(
            "Where there should be no soft cap, you keep one of zero. It squeezes every score to nothing, and a head "
            "then looks at all keys alike.",
            {
                "soft cap of zero where there is none": (
                    "self.softcap = config.attention_softcap",
                    "self.softcap = config.attention_softcap or 0.0",
                )
            },
        ),
        "sinks against the setting": Kind(
            "Your sinks are there where none are asked for, or missing where they are. A sink takes its share of the "
            "softmax, so that a trained model takes in less or more from its keys than it learned to.",
            {
                "sinks always": (" if config.attention_sinks else None", ""),
                "sinks never": ("nn.Parameter(torch.zeros(config.n_head)) if config.attention_sinks else None", "None"),
                "sinks the wrong way round": ("if config.attention_sinks else", "if not config.attention_sinks else"),
            },
        ),
        "sinks not learned": Kind(
            PLAIN_TENSOR,
            {"sinks not learned": ("nn.Parameter(torch.zeros(config.n_head))", "torch.zeros(config.n_head)")},
        ),
        "sinks with other first values": Kind(
            "Your sinks do not start at zero. A sink of zero counts as much as a key that fits neither well nor "
            "badly; others take too much or too little attention at first, or leave it to chance.",
            {
                "sinks of ones": ("torch.zeros(config.n_head)", "torch.ones(config.n_head)"),
                "sinks of minus infinity": ("torch.zeros(config.n_head)", "torch.full((config.n_head,), -1e9)"),
                "sinks drawn": ("torch.zeros(config.n_head)", "torch.randn(config.n_head)"),
            },
        ),
        "sinks of another shape": Kind(
            "Your sinks are not one number for each query head. Every head learns by itself how much attention no key "
            "deserves, and the softmax, as well as public models, expects them in this shape.",
            {
                "sinks for the key/value heads": ("torch.zeros(config.n_head)", "torch.zeros(config.n_kv_head)"),
                "one sink for all heads": ("torch.zeros(config.n_head)", "torch.zeros(1)"),
                "sinks of the size of a head": (
                    "torch.zeros(config.n_head)",
                    "torch.zeros(config.n_head, config.head_dim)",
                ),
                "sinks with axes for queries and keys": (
                    "torch.zeros(config.n_head)",
                    "torch.zeros(config.n_head, 1, 1)",
                ),
            },
        ),
        "gate against the setting": Kind(
            "Your gate is there where none is asked for, or missing where one is. It holds back part of what the "
            "heads find, and a trained model has learned with it or without it.",
            {
                "gate forgotten": ("if config.attention_gate:", "if False:"),
                "gate always": ("if config.attention_gate:", "if True:"),
                "gate the wrong way round": ("if config.attention_gate:", "if not config.attention_gate:"),
            },
        ),
        "a module where there is no gate": Kind(
            "Where there should be no gate, you keep a module that hands its input on. The forward pass takes it for "
            "a gate and holds back what the heads found by the sigmoid of the input itself.",
            {"gate of nothing where there is none": ("self.gate_proj = None", "self.gate_proj = nn.Identity()")},
        ),
        "gate with one number for each head": Kind(
            "You make one number of the gate for each head. A gate decides about every number that a head found, and "
            "the two cannot be multiplied with each other as they are.",
            {
                "gate with one number for each head": (
                    "self.gate_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim",
                    "self.gate_proj = nn.Linear(config.n_embd, config.n_head",
                )
            },
        ),
        "gate with a sigmoid in it": Kind(
            "You put the sigmoid into the gate's projection, and the forward pass takes it once more. A sigmoid of a "
            "sigmoid stays between a half and three quarters, so that the gate neither opens nor closes.",
            {
                "gate with a sigmoid in it": (
                    "self.gate_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim, bias=config.bias)",
                    "gate = nn.Linear(config.n_embd, config.n_head * config.head_dim, bias=config.bias)\n"
                    "            self.gate_proj = nn.Sequential(gate, nn.Sigmoid())",
                )
            },
        ),
        "dropout with torch's own share": Kind(
            "You create the dropout without saying how much is to be dropped, and torch drops half. In training, "
            "attention loses every other weight, and the layer every other result, also where nobody wants dropout.",
            {
                "dropout left at its default": (
                    "self.dropout = nn.Dropout(config.dropout)",
                    "self.dropout = nn.Dropout()",
                )
            },
        ),
        "dropout as a number": Kind(
            "You keep the share that is dropped, a number, where a module is wanted. The module is called in the "
            "forward pass, and knows whether the model is training.",
            {"dropout as a number": ("self.dropout = nn.Dropout(config.dropout)", "self.dropout = config.dropout")},
        ),
    },
    "attention.CausalSelfAttention.forward": {
        "tokens and heads mixed by a reshape": Kind(
            "Your reshape takes heads and tokens in another order than the one in which the numbers lie. Each token "
            "gets numbers of others, later ones among them, and can peek at what it should predict.",
            {
                "heads laid under each other, not side by side": (
                    "self.attend(query, key, value, context).flatten(2)",
                    "self.attend(query, key, value, context).transpose(1, 2).reshape(B, T, -1)",
                ),
                "queries split into heads by a view, with the heads in front": (
                    "query = self.q_proj(x).view(B, T, self.n_head, self.head_dim)",
                    "query = self.q_proj(x).view(B, self.n_head, T, self.head_dim).transpose(1, 2)",
                ),
                "keys split into heads by a view, with the heads in front": (
                    "key = self.k_proj(x).view(B, T, self.n_kv_head, self.head_dim)",
                    "key = self.k_proj(x).view(B, self.n_kv_head, T, self.head_dim).transpose(1, 2)",
                ),
            },
        ),
        "numbers of the heads alternate": Kind(
            "You let the numbers of a token's heads alternate, where all numbers of one head should stand together. "
            "Training would get used to it, but weights trained elsewhere would work on numbers of the wrong heads.",
            {
                "numbers by heads, not heads by numbers": (
                    "self.attend(query, key, value, context).flatten(2)",
                    "self.attend(query, key, value, context).mT.flatten(2)",
                ),
                "numbers of a head by heads": (
                    "query = self.q_proj(x).view(B, T, self.n_head, self.head_dim)",
                    "query = self.q_proj(x).view(B, T, self.head_dim, self.n_head).transpose(2, 3)",
                ),
                "numbers of a key's head by heads": (
                    "key = self.k_proj(x).view(B, T, self.n_kv_head, self.head_dim)",
                    "key = self.k_proj(x).view(B, T, self.head_dim, self.n_kv_head).transpose(2, 3)",
                ),
                "numbers of a value's head by heads": (
                    "value = self.v_proj(x).view(B, T, self.n_kv_head, self.head_dim)",
                    "value = self.v_proj(x).view(B, T, self.head_dim, self.n_kv_head).transpose(2, 3)",
                ),
                "numbers of the heads of queries and keys by heads": (
                    "query = self.q_proj(x).view(B, T, self.n_head, self.head_dim)\n"
                    "        key = self.k_proj(x).view(B, T, self.n_kv_head, self.head_dim)",
                    "query = self.q_proj(x).view(B, T, self.head_dim, self.n_head).transpose(2, 3)\n"
                    "        key = self.k_proj(x).view(B, T, self.head_dim, self.n_kv_head).transpose(2, 3)",
                ),
                "numbers of the heads of keys and values by heads": (
                    "key = self.k_proj(x).view(B, T, self.n_kv_head, self.head_dim)\n"
                    "        value = self.v_proj(x).view(B, T, self.n_kv_head, self.head_dim)",
                    "key = self.k_proj(x).view(B, T, self.head_dim, self.n_kv_head).transpose(2, 3)\n"
                    "        value = self.v_proj(x).view(B, T, self.head_dim, self.n_kv_head).transpose(2, 3)",
                ),
                "numbers of all heads by heads": (
                    "query = self.q_proj(x).view(B, T, self.n_head, self.head_dim)\n"
                    "        key = self.k_proj(x).view(B, T, self.n_kv_head, self.head_dim)\n"
                    "        value = self.v_proj(x).view(B, T, self.n_kv_head, self.head_dim)",
                    "query = self.q_proj(x).view(B, T, self.head_dim, self.n_head).transpose(2, 3)\n"
                    "        key = self.k_proj(x).view(B, T, self.head_dim, self.n_kv_head).transpose(2, 3)\n"
                    "        value = self.v_proj(x).view(B, T, self.head_dim, self.n_kv_head).transpose(2, 3)",
                ),
            },
        ),
        "heads added": Kind(
            "You add up what the heads found and repeat the sum. Every head finds something of its own, and the "
            "output projection can no longer tell which of them said what.",
            {
                "heads added, not laid side by side": (
                    "self.attend(query, key, value, context).flatten(2)",
                    "self.attend(query, key, value, context).sum(dim=2).repeat(1, 1, self.n_head)",
                )
            },
        ),
        "heads left apart": Kind(
            "You leave the heads on an axis of their own behind attend. The gate and the output projection work on "
            "all of a token's heads in one row, and do not fit a single one.",
            {
                "heads left apart": (
                    "self.attend(query, key, value, context).flatten(2)",
                    "out = self.attend(query, key, value, context)",
                )
            },
        ),
        "attend called with the heads in front": Kind(
            "You hand queries, keys and values to attend with the heads in front of the tokens. It takes the second "
            "axis for the tokens, so that heads would look at each other where tokens should.",
            {
                "heads in front": (
                    "out = self.attend(query, key, value, context)",
                    "found = self.attend(*(y.transpose(1, 2) for y in (query, key, value)), context)\n"
                    "        out = found.transpose(1, 2)",
                )
            },
        ),
        "heads joined to the width of the stream": Kind(
            "You join the heads to as many numbers as the residual stream has. All heads together may have more or "
            "fewer; it is the output projection that brings them to the width of the stream.",
            {"heads joined to the width of the stream": (".flatten(2)", ".reshape(x.shape)")},
        ),
        "keys and values repeated here": Kind(
            "You repeat keys and values for every query head that reads them, before they reach the cache. It then "
            "keeps each of them several times, and what grouped queries save is lost.",
            {
                "keys and values repeated here": (
                    "out = self.attend(query, key, value, context)",
                    "group = self.n_head // self.n_kv_head\n"
                    "        key, value = (y.repeat_interleave(group, dim=2) for y in (key, value))\n"
                    "        out = self.attend(query, key, value, context)",
                )
            },
        ),
        "keys repeated in another order": Kind(
            "You repeat the whole row of key/value heads over and over, so that query heads read those that belong to "
            "others. Neighbouring query heads share a key/value head, and this is seen to behind the cache.",
            {
                "keys repeated here, the wrong way": (
                    "out = self.attend(query, key, value, context)",
                    "key = key.repeat(1, 1, self.n_head // self.n_kv_head, 1)\n"
                    "        value = value.repeat(1, 1, self.n_head // self.n_kv_head, 1)\n"
                    "        out = self.attend(query, key, value, context)",
                )
            },
        ),
        "one for another of query, key and value": Kind(
            "Of queries, keys and values, one stands in for another in your code. A token asks with its query, is "
            "found by its key and hands on its value; as it is, one of the three projections never learns.",
            {
                "queries for keys": (
                    "out = self.attend(query, key,",
                    "out = self.attend(query, query[:, :, : self.n_kv_head],",
                ),
                "keys for values": ("out = self.attend(query, key, value,", "out = self.attend(query, key, key,"),
                "values for keys": ("out = self.attend(query, key, value,", "out = self.attend(query, value, value,"),
                "keys from the values' projection": ("key = self.k_proj(x)", "key = self.v_proj(x)"),
                "values from the keys' projection": ("value = self.v_proj(x)", "value = self.k_proj(x)"),
            },
        ),
        "queries and keys swapped": Kind(
            "You hand over keys as queries and queries as keys. With grouped queries the numbers of heads do not fit "
            "any more, and a cache would keep queries, which nobody asks for again.",
            {
                "queries and keys swapped": (
                    "out = self.attend(query, key, value,",
                    "out = self.attend(key, query, value,",
                )
            },
        ),
        "scaled here too": Kind(
            "You scale the queries, and the backend scales the scores once more. With the usual scale they come out "
            "far too small, and the softmax looks at all keys nearly alike.",
            {"scaled here too": ("out = self.attend(query,", "out = self.attend(query * self.scale,")},
        ),
        "attend of one class by name": Kind(
            "You call attend by the name of this class instead of asking the object for its own. Kinds of attention "
            "that bring an attend with them, as differential attention does, are passed over.",
            {
                "attention of the class, not of the kind": (
                    "out = self.attend(",
                    "out = CausalSelfAttention.attend(self, ",
                )
            },
        ),
        "context not handed on whole": Kind(
            CONTEXT_CUT,
            {
                "an empty context handed on": (
                    "value, context).flatten(2)",
                    "value, Context(context.position)).flatten(2)",
                ),
                "context without its cache": (
                    "value, context).flatten(2)",
                    "value, context._replace(cache=None)).flatten(2)",
                ),
                "context without its window": (
                    "value, context).flatten(2)",
                    "value, context._replace(window=None)).flatten(2)",
                ),
                "context without its bias": (
                    "value, context).flatten(2)",
                    "value, context._replace(bias=None)).flatten(2)",
                ),
                "context without its layer": (
                    "value, context).flatten(2)",
                    "value, context._replace(layer=0)).flatten(2)",
                ),
            },
        ),
        "positions from zero on": Kind(
            "You tell attend that the tokens at hand stand at the beginning. With a cache they come after those that "
            "were read before, and their positions decide where they are kept and what they see.",
            {
                "positions from zero on": (
                    "value, context).flatten(2)",
                    "value, context._replace(position=torch.arange(T))).flatten(2)",
                )
            },
        ),
        "recalled twice": Kind(
            "You give keys and values to the cache here, and attend does so again. The cache counts every token "
            "twice, and one that is made for a window may overwrite what is still needed.",
            {
                "recalled here and in attend": (
                    "out = self.attend(query, key, value, context)",
                    "_, key, value = context.recall(key, value)\n"
                    "        key, value = key[:, -T:], value[:, -T:]\n"
                    "        out = self.attend(query, key, value, context)",
                )
            },
        ),
        "attended twice": Kind(
            "You look twice, the second time with what the heads found as queries. These have passed no projection, "
            "norm or rotation, and a cache takes in the same tokens a second time.",
            {
                "attended twice": (
                    "out = self.attend(query, key, value, context)",
                    "out = self.attend(query, key, value, context)\n"
                    "        out = self.attend(out[..., : self.head_dim].contiguous(), key, value, context)",
                )
            },
        ),
        "a gate in any case": Kind(
            "You use the gate without asking whether there is one. Most models have none, and the None that stands "
            "there cannot be called.",
            {"a gate in any case": ("if self.gate_proj is not None:", "if True:")},
        ),
        "gate forgotten": Kind(
            "The gate plays no part in your result. All that the heads found gets through, and the gate's projection "
            "has no gradient to learn from.",
            {"gate forgotten": ("if self.gate_proj is not None:", "if False:")},
        ),
        "gate beyond zero or one": Kind(
            "The factor that you make of the gate can leave the range from zero to one. A gate holds back or lets "
            "through; negative factors turn the sign of what was found, and larger ones make it grow.",
            {
                "gate without the sigmoid": ("torch.sigmoid(self.gate_proj(x))", "self.gate_proj(x)"),
                "gate by tanh": ("torch.sigmoid(", "torch.tanh("),
                "gate by SiLU": ("torch.sigmoid(", "nn.functional.silu("),
                "gate of twice the sigmoid": ("torch.sigmoid(self", "2 * torch.sigmoid(self"),
            },
        ),
        "gate by a softmax": Kind(
            "You make the gate by a softmax, so that all of a token's numbers share a total of one. Next to nothing "
            "gets through then; every number should open and close by itself.",
            {"gate by a softmax": ("torch.sigmoid(self.gate_proj(x))", "self.gate_proj(x).softmax(dim=-1)")},
        ),
        "gate closes where it should open": Kind(
            "Your gate closes where it should open and opens where it should close. Training would get used to it, "
            "but models trained elsewhere would let through what they mean to hold back.",
            {"gate of one minus the sigmoid": ("torch.sigmoid(self", "1 - torch.sigmoid(self")},
        ),
        "gate added, not multiplied": Kind(
            "You add something made by the gate to what the heads found. A gate is a factor; a sum holds nothing "
            "back, and tokens get numbers that no head has found.",
            {
                "gate added": ("out * torch", "out + torch"),
                "gate on the residual stream": (
                    "            out = out * torch.sigmoid(self.gate_proj(x))",
                    "            out = out + self.gate_proj(x)",
                ),
            },
        ),
        "gate not from its projection": Kind(
            "You make the gate from numbers that serve another purpose, not by its own projection. That one never "
            "learns, and tokens cannot decide freely what to let through.",
            {
                "gate of what was found": ("torch.sigmoid(self.gate_proj(x))", "torch.sigmoid(out)"),
                "gate's projection taken for the queries'": (
                    "torch.sigmoid(self.gate_proj(x))",
                    "torch.sigmoid(self.q_proj(x))",
                ),
            },
        ),
        "one gate for many numbers": Kind(
            "You let many numbers share one factor, all of a head or all of a token. Every number has a gate of its "
            "own, which may let part of a head pass and hold back the rest.",
            {
                "gate one for each head": (
                    "torch.sigmoid(self.gate_proj(x))",
                    "torch.sigmoid(self.gate_proj(x))[..., :: self.head_dim].repeat_interleave(self.head_dim, dim=-1)",
                ),
                "gate one for each token": (
                    "torch.sigmoid(self.gate_proj(x))",
                    "torch.sigmoid(self.gate_proj(x)).mean(dim=-1, keepdim=True)",
                ),
            },
        ),
        "gate at another place": Kind(
            "Your gate does not stand between the heads and the output projection. On the queries it changes where a "
            "token looks, and behind the projection it acts on heads that are mixed already.",
            {
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
            },
        ),
        "gate in another dtype": Kind(
            "You widen the gate to float32, and what it multiplies is widened with it. The output projection has "
            "weights in the dtype of the model, and a product of two dtypes fails.",
            {"gate in float32": ("torch.sigmoid(self.gate_proj(x))", "torch.sigmoid(self.gate_proj(x).float())")},
        ),
        "queries or keys not normed": Kind(
            "You let queries or keys, or both, pass without a norm where the model asks for one. Whatever is not "
            "normed may grow in training without bound, and the scores with it, until the softmax sees one key only.",
            {
                "no QK norm after the rotation": ("if self.qk_norm_after_rotary:", "if False:"),
                "no QK norm before the rotation": ("if not self.qk_norm_after_rotary:", "if False:"),
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
            },
        ),
        "normed in one place in any case": Kind(
            "You norm in one of the two places whatever the setting says. Models that want the norm in the other "
            "place get it twice, and the weights act twice as well.",
            {
                "QK norm after the rotation in any case": ("if self.qk_norm_after_rotary:", "if True:"),
                "QK norm before the rotation in any case": ("if not self.qk_norm_after_rotary:", "if True:"),
            },
        ),
        "normed in both places or in none": Kind(
            "Both of your conditions ask for the same, so that the norm comes twice or not at all. The two places "
            "exclude each other: whatever the setting, every query and key is normed exactly once.",
            {
                "QK norm in both places or in none": (
                    "if not self.qk_norm_after_rotary:",
                    "if self.qk_norm_after_rotary:",
                )
            },
        ),
        "places of the QK norm swapped": Kind(
            "You norm before the rotation where it should be after, and after where it should be before. Once the "
            "norm has weights the two give different scores, and a trained model needs the one it learned with.",
            {
                "places of the QK norm swapped": (
                    "if not self.qk_norm_after_rotary:\n"
                    "            query, key = self.q_norm(query), self.k_norm(key)\n"
                    "        # Tell queries and keys their positions. Values carry content only and are left alone.\n"
                    "        query, key = context.rotate(query), context.rotate(key)\n"
                    "        # ... or after it. A turn keeps lengths, so without weights for every number it makes no "
                    "difference.\n"
                    "        if self.qk_norm_after_rotary:\n",
                    "if self.qk_norm_after_rotary:\n"
                    "            query, key = self.q_norm(query), self.k_norm(key)\n"
                    "        query, key = context.rotate(query), context.rotate(key)\n"
                    "        if not self.qk_norm_after_rotary:\n",
                )
            },
        ),
        "one norm for queries and keys": Kind(
            "You use the norm of one for the other as well. Queries and keys have norms with weights of their own, "
            "and the one that goes unused never learns.",
            {
                "queries' norm for the keys too": (
                    "if self.qk_norm_after_rotary:\n            query, key = self.q_norm(query), self.k_norm(key)",
                    "if self.qk_norm_after_rotary:\n            query, key = self.q_norm(query), self.q_norm(key)",
                ),
                "keys' norm for the queries before the rotation": (
                    "if not self.qk_norm_after_rotary:\n            query, key = self.q_norm(query), self.k_norm(key)",
                    "if not self.qk_norm_after_rotary:\n            query, key = self.k_norm(query), self.k_norm(key)",
                ),
            },
        ),
        "normed with the heads in front": Kind(
            "You give the norms queries and keys with the heads in front of the tokens. A norm over the full width of "
            "a token then finds tokens where it expects heads.",
            {
                "normed with the heads in front": (
                    "if not self.qk_norm_after_rotary:\n            query, key = self.q_norm(query), self.k_norm(key)",
                    "if not self.qk_norm_after_rotary:\n"
                    "            query, key = self.q_norm(query.transpose(1, 2)), self.k_norm(key.transpose(1, 2))\n"
                    "            query, key = query.transpose(1, 2), key.transpose(1, 2)",
                )
            },
        ),
        "normed over all heads at once": Kind(
            "You join the heads of the queries before their norm. Whether it is taken by head or over all of them is "
            "up to the norm; joined, no head has a fixed size, or the weights do not fit.",
            {
                "QK norm over all heads at once": (
                    "if self.qk_norm_after_rotary:\n            query, key = self.q_norm(query),",
                    "if self.qk_norm_after_rotary:\n"
                    "            query, key = self.q_norm(query.flatten(2)).view_as(query),",
                )
            },
        ),
        "QK norm to length one": Kind(
            "You bring queries and keys to a length of one, without their norms. Those fix the average size of the "
            "numbers, so that your scores come out far too small, and their weights never learn.",
            {
                "QK norm to length one": (
                    "if self.qk_norm_after_rotary:\n            query, key = self.q_norm(query), self.k_norm(key)",
                    "if self.qk_norm_after_rotary:\n"
                    "            query, key = (nn.functional.normalize(y, dim=-1) for y in (query, key))",
                )
            },
        ),
        "QK norm without its weights": Kind(
            "You compute the norm of queries and keys here and leave its weights out. They get no gradient to learn "
            "from, and no channel can count more or less in the scores.",
            {
                "QK norm without its weights": (
                    "if self.qk_norm_after_rotary:\n            query, key = self.q_norm(query), self.k_norm(key)",
                    "if self.qk_norm_after_rotary:\n"
                    "            eps = self.q_norm.eps\n"
                    "            query, key = (nn.functional.rms_norm(y, y.shape[-1:], eps=eps) for y in (query, key))",
                )
            },
        ),
        "values normed too": Kind(
            "You norm the values as well. The norm is there to bound the scores, in which values play no part; how "
            "large a value is belongs to what it tells.",
            {
                "values normalised too": (
                    "if self.qk_norm_after_rotary:\n            query, key = self.q_norm(query), self.k_norm(key)",
                    "if self.qk_norm_after_rotary:\n"
                    "            query, key, value = self.q_norm(query), self.k_norm(key), self.k_norm(value)",
                )
            },
        ),
        "keys normed after they are repeated": Kind(
            "You repeat the keys for the query heads before they are normed. A norm over the full width has weights "
            "for the key/value heads as they are, and fits no larger number of them.",
            {
                "keys normed after they are repeated": (
                    "if not self.qk_norm_after_rotary:\n            query, key = self.q_norm(query), self.k_norm(key)",
                    "if not self.qk_norm_after_rotary:\n"
                    "            query, key = self.q_norm(query), self.k_norm(key.repeat_interleave(2, dim=2))[:, :, "
                    "::2]",
                )
            },
        ),
        "not rotated": Kind(
            "You leave out the rotation of queries, of keys, or of both. Only where both are turned by their "
            "positions do the scores tell how far apart two tokens are.",
            {
                "no rotation": ("query, key = context.rotate(query), context.rotate(key)", "pass"),
                "keys not rotated": ("context.rotate(query), context.rotate(key)", "context.rotate(query), key"),
                "queries not rotated": ("context.rotate(query), context.rotate(key)", "query, context.rotate(key)"),
            },
        ),
        "values rotated too": Kind(
            "You turn the values by their positions too. Positions are for the scores, where only distances are left "
            "of them; turned values would say something else at every place.",
            {
                "values rotated too": (
                    "query, key = context.rotate(query), context.rotate(key)",
                    "query, key, value = context.rotate(query), context.rotate(key), context.rotate(value)",
                )
            },
        ),
        "queries turned by another angle than keys": Kind(
            "You turn queries twice, backwards, or with cosines and sines exchanged, unlike the keys. Scores then "
            "depend on where in the text two tokens stand, and not only on the distance between them.",
            {
                "rotated twice": (
                    "context.rotate(query), context.rotate(key)",
                    "context.rotate(context.rotate(query)), context.rotate(key)",
                ),
                "cosines and sines swapped": (
                    "context.rotate(query), context.rotate(key)",
                    "context._replace(cos=context.sin, sin=context.cos).rotate(query), context.rotate(key)",
                ),
                "queries turned backwards": (
                    "context.rotate(query), context.rotate(key)",
                    "context._replace(sin=None if context.sin is None else -context.sin).rotate(query), "
                    "context.rotate(key)",
                ),
            },
        ),
        "tables taken for granted": Kind(
            "You turn by the tables directly, as if every layer had some. Layers that tell positions in another way "
            "have none, and how numbers make pairs is a matter of the model.",
            {
                "tables taken for granted": (
                    "query, key = context.rotate(query), context.rotate(key)",
                    "from .positions import apply_rotary\n"
                    "        query, key = (apply_rotary(y, context.cos, context.sin) for y in (query, key))",
                )
            },
        ),
        "pairs of neighbours not thought of": Kind(
            "You always pair the two halves of a head. Some models turn neighbours together, and with other pairs "
            "their trained queries and keys no longer tell distances as they learned to.",
            {
                "pairs of neighbours not thought of": (
                    "context.rotate(query), context.rotate(key)",
                    "(context._replace(interleaved=False).rotate(y) for y in (query, key))",
                )
            },
        ),
        "rotated with the heads in front": Kind(
            "You turn queries and keys with the heads in front of the tokens. The tables have a row for every token, "
            "and would turn each head by a position, if the sizes fit at all.",
            {
                "rotated with the heads in front": (
                    "context.rotate(query), context.rotate(key)",
                    "(context.rotate(y.transpose(1, 2)).transpose(1, 2) for y in (query, key))",
                )
            },
        ),
        "output projection forgotten": Kind(
            "You return what the heads found without the output projection. It never learns to combine them, and all "
            "heads together need not be as wide as the residual stream.",
            {"output projection forgotten": ("self.dropout(self.o_proj(out))", "self.dropout(out)")},
        ),
        "residual added here too": Kind(
            "You add the input to the result, which the block around this layer does already. The stream would take "
            "in its own content again in every layer and grow with the depth.",
            {"residual added here too": ("return self.dropout(", "return x + self.dropout(")},
        ),
        "input normed here too": Kind(
            "You norm the input, which is up to the block around this layer. There it may have weights, which a "
            "second norm divides away in part, and some blocks want no norm here at all.",
            {
                "input normalised here too": (
                    "B, T, _ = x.shape",
                    "x = nn.functional.rms_norm(x, x.shape[-1:])\n        B, T, _ = x.shape",
                )
            },
        ),
        "dropout of the result forgotten": Kind(
            "You do not drop anything of the result. In training, a model that asks for dropout would lean on numbers "
            "that should be missing now and then, and sooner learn its texts by heart.",
            {"dropout of the result forgotten": ("self.dropout(self.o_proj(out))", "self.o_proj(out)")},
        ),
        "dropout before the output projection": Kind(
            "You drop numbers before the output projection instead of behind it. The projection spreads what is left "
            "over all of its results, so that none of them is ever missing.",
            {
                "dropout before the output projection, not behind it": (
                    "self.dropout(self.o_proj(out))",
                    "self.o_proj(self.dropout(out))",
                )
            },
        ),
        "dropout in evaluation too": Kind(
            "You drop numbers whether the model is training or not. Dropout belongs to training alone; in evaluation "
            "and generation it is noise, and the same text gets another answer every time.",
            {
                "dropout of the result in evaluation too": (
                    "self.dropout(self.o_proj(out))",
                    "nn.functional.dropout(self.o_proj(out), self.dropout.p)",
                )
            },
        ),
        "more dropped than asked for": Kind(
            "You drop numbers in one more place than asked for, or twice in the same. Attention weights and the "
            "result lose their share in training already, and with each further loss less of the signal gets through.",
            {
                "dropout of what was found, and of the result": (
                    "self.dropout(self.o_proj(out))",
                    "self.dropout(self.o_proj(self.dropout(out)))",
                ),
                "dropout of the queries": ("out = self.attend(query,", "out = self.attend(self.dropout(query),"),
                "dropout of the values": ("value, context).flatten(2)", "self.dropout(value), context).flatten(2)"),
                "dropout of the input": ("B, T, _ = x.shape", "B, T, _ = x.shape\n        x = self.dropout(x)"),
                "dropout twice": ("self.dropout(self.o_proj(out))", "self.dropout(self.dropout(self.o_proj(out)))"),
            },
        ),
        "gradient cut": Kind(
            GRADIENT_CUT,
            {
                "gradient cut at what was found": ("self.o_proj(out)", "self.o_proj(out.detach())"),
                "gradient cut at the keys": (
                    "context.rotate(query), context.rotate(key)",
                    "context.rotate(query), context.rotate(key.detach())",
                ),
                "gradient cut at the queries' norm": (
                    "if self.qk_norm_after_rotary:\n            query, key = self.q_norm(query),",
                    "if self.qk_norm_after_rotary:\n            query, key = self.q_norm(query).detach(),",
                ),
                "gate cut from the gradient": (
                    "torch.sigmoid(self.gate_proj(x))",
                    "torch.sigmoid(self.gate_proj(x)).detach()",
                ),
            },
        ),
        "another dtype": Kind(
            OTHER_DTYPE,
            {"result widened": ("self.dropout(self.o_proj(out))", "self.dropout(self.o_proj(out)).float()")},
        ),
        "changed in place": Kind(
            IN_PLACE, {"input changed in place": ("B, T, _ = x.shape", "B, T, _ = x.mul_(1.5).shape")}
        ),
        "something remembered between calls": Kind(
            "You keep something of one call and add it to the result of the next. What a layer gives may depend only "
            "on what it is handed; texts that have nothing to do with each other would mix.",
            {
                "output of the call before added": (
                    "out = self.attend(query, key, value, context).flatten(2)",
                    'out = self.attend(query, key, value, context).flatten(2) + getattr(self, "before", 0)\n'
                    "        self.before = out.detach().mean()",
                )
            },
        ),
    },
    "attention.DifferentialAttention.__init__": {
        "base class not set up": Kind(
            "You do not call the constructor of ordinary attention, or call it without the configuration. The "
            "projections, norms and backend that this kind of attention works with are then never made.",
            {
                "super().__init__() forgotten": ("super().__init__(config)", "nn.Module.__init__(self)"),
                "super().__init__() without the configuration": ("super().__init__(config)", "super().__init__()"),
            },
        ),
        "other numbers of heads refused": Kind(
            "Your condition refuses other numbers of heads than it should. Values are made of those of two key/value "
            "heads, and where the number of these is odd, one of them has no partner.",
            {
                "odd numbers of heads let through": ("if config.n_kv_head % 2:", "if False:"),
                "even numbers of heads refused": ("if config.n_kv_head % 2:", "if config.n_kv_head % 2 == 0:"),
                "query heads asked, not key heads": ("if config.n_kv_head % 2:", "if config.n_head % 2:"),
                "only a single head refused": ("if config.n_kv_head % 2:", "if config.n_kv_head == 1:"),
            },
        ),
        "another error raised": Kind(
            "You raise another kind of error than the one that is asked for. Whoever builds a model expects that kind "
            "where a configuration makes no sense, and yours would look like a fault in the program.",
            {"another error raised": ("raise ValueError(", "raise AssertionError(")},
        ),
        "number not named": Kind(
            "Your error does not say which number was given. Whoever reads it has to search for what is wrong, "
            "perhaps in a configuration that was put together by a program.",
            {"the number not named": ('f"n_kv_head = {config.n_kv_head}: differential', '"n_kv_head: differential')},
        ),
        "eps not kept": Kind(NOT_KEPT, {"eps not kept": ("self.norm_eps = config.norm_eps", "pass")}),
        "eps hard-coded": Kind(
            HARD_CODED, {"eps hard-coded": ("self.norm_eps = config.norm_eps", "self.norm_eps = 1e-5")}
        ),
        "shares of another spread": Kind(
            "You draw the vectors of the share with another spread than asked for. Too large, the share starts far "
            "away from its base; too small, the vectors get hardly any gradient, since each gets it through its "
            "partner.",
            {
                "shares of normal size": ("0.1 * torch.randn", "torch.randn"),
                "shares ten times too small": ("0.1 * torch.randn", "0.01 * torch.randn"),
                "shares by the root of the size": (
                    "0.1 * torch.randn(config.head_dim)",
                    "torch.randn(config.head_dim) * config.head_dim**-0.5",
                ),
                "0.1 taken for a variance": ("0.1 * torch.randn", "0.1**0.5 * torch.randn"),
            },
        ),
        "shares of zeros": Kind(
            "You start the vectors of the share at zero. Each of them gets its gradient multiplied by its partner, "
            "which is zero too, so that none of them ever moves.",
            {"shares of zeros": ("0.1 * torch.randn(config.head_dim)", "torch.zeros(config.head_dim)")},
        ),
        "shares that start equal": Kind(
            "You give all four vectors of the share the same first numbers. The two of a pair then get the same "
            "gradient in every step and stay equal for good, so that half of their numbers are wasted.",
            {
                "shares of ones": ("0.1 * torch.randn(config.head_dim)", "torch.ones(config.head_dim)"),
                "shares all a tenth": ("0.1 * torch.randn(config.head_dim)", "torch.full((config.head_dim,), 0.1)"),
                "one share for all four": (
                    '        for name in ("share_q1", "share_k1", "share_q2", "share_k2"):\n'
                    "            setattr(self, name, nn.Parameter(0.1 * torch.randn(config.head_dim)))",
                    "        share = 0.1 * torch.randn(config.head_dim)\n"
                    '        for name in ("share_q1", "share_k1", "share_q2", "share_k2"):\n'
                    "            setattr(self, name, nn.Parameter(share.clone()))",
                ),
            },
        ),
        "one parameter for all four": Kind(
            "You keep one and the same parameter under all four names. The two exponentials are then always equal, "
            "and the share can never leave its base, whatever the model learns.",
            {
                "one parameter for all four": (
                    '        for name in ("share_q1", "share_k1", "share_q2", "share_k2"):\n'
                    "            setattr(self, name, nn.Parameter(0.1 * torch.randn(config.head_dim)))",
                    "        share = nn.Parameter(0.1 * torch.randn(config.head_dim))\n"
                    '        for name in ("share_q1", "share_k1", "share_q2", "share_k2"):\n'
                    "            setattr(self, name, share)",
                )
            },
        ),
        "shares drawn uniformly": Kind(
            "You draw from a uniform distribution where a normal one is asked for. It has hard bounds in place of a "
            "few large numbers, and another spread or centre where its interval does not fit.",
            {
                "shares uniform": ("0.1 * torch.randn", "0.1 * torch.rand"),
                "shares uniform, of the right spread": (
                    "0.1 * torch.randn(config.head_dim)",
                    "0.1 * 12**0.5 * (torch.rand(config.head_dim) - 0.5)",
                ),
            },
        ),
        "two shares only": Kind(
            "You make one pair of vectors where two are needed. What the second gives is taken off what the first "
            "gives, which lets the share shrink as well as grow, and without it the forward pass stops.",
            {"two shares only": ('("share_q1", "share_k1", "share_q2", "share_k2")', '("share_q1", "share_k1")')},
        ),
        "shares under other names": Kind(
            "You keep the vectors of the share under other names than the docstring gives them. The forward pass "
            "looks for them in vain, and saved weights find no place.",
            {
                "shares under other names, as in the paper": (
                    "setattr(self, name,",
                    'setattr(self, name.replace("share", "lambda"),',
                )
            },
        ),
        "shares not learned": Kind(
            PLAIN_TENSOR,
            {
                "shares that are not learned": (
                    "nn.Parameter(0.1 * torch.randn(config.head_dim))",
                    "0.1 * torch.randn(config.head_dim)",
                )
            },
        ),
        "shares of another shape": Kind(
            "Your vectors of the share have more or fewer numbers than one head. All heads of a layer use the same "
            "four, each as long as a query; with another length the share starts and learns differently, or cannot be "
            "computed.",
            {
                "shares for every head": (
                    "torch.randn(config.head_dim)",
                    "torch.randn(config.n_head, config.head_dim)",
                ),
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
            },
        ),
        "a norm with weights": Kind(
            "You create a norm with weights for what the heads find. Here it is normed without any, so that yours "
            "would never be read and never learn.",
            {
                "a norm with weights": (
                    "self.norm_eps = config.norm_eps",
                    "self.norm_eps = config.norm_eps\n        self.norm = nn.RMSNorm(2 * config.head_dim)",
                )
            },
        ),
        "twice as many heads": Kind(
            "You double the heads before you hand the configuration on. The two halves are those of the heads that "
            "are there; with twice as many, the projections cost twice as much and fit no trained model.",
            {
                "twice as many heads": (
                    "super().__init__(config)",
                    "super().__init__(replace(config, n_head=2 * config.n_head, n_kv_head=2 * config.n_kv_head))",
                )
            },
        ),
    },
    "attention.DifferentialAttention.attend": {
        "values not paired": Kind(
            "You let every head read the values of its own key/value head only. Both halves of the heads have to read "
            "the same values, those of two heads side by side; otherwise nothing cancels when one is taken off the "
            "other.",
            {
                "values not paired": (
                    "value = torch.cat((first, second), dim=-1).repeat(1, 1, 2, 1)",
                    "value = torch.cat((value, value), dim=-1)",
                ),
                "values not paired, and of their own size": (
                    "value = torch.cat((first, second), dim=-1).repeat(1, 1, 2, 1)",
                    "pass",
                ),
                "joined along the heads": (
                    "torch.cat((first, second), dim=-1).repeat(1, 1, 2, 1)",
                    "torch.cat((first, second), dim=2).repeat(1, 1, 1, 2)",
                ),
            },
        ),
        "halves read different pairs": Kind(
            "You hand the pairs out in another order, so that signal and noise read different ones. Only what both "
            "take from the same values can cancel when one is taken off the other.",
            {
                "every pair twice in a row": (".repeat(1, 1, 2, 1)", ".repeat_interleave(2, dim=2)"),
                "pairs in reverse for the second half": (
                    ".repeat(1, 1, 2, 1)",
                    "\n        value = torch.cat((value, value.flip(2)), dim=2)",
                ),
            },
        ),
        "pairs not shared by both halves": Kind(
            "You make the pairs for one half of the heads only. The other half looks too, and finds fewer values than "
            "there are keys to look at.",
            {"pairs not shared by both halves": (".repeat(1, 1, 2, 1)", "")},
        ),
        "pairs in another order": Kind(
            "You put the pairs together in another way: with other partners, the second in front, or number by number "
            "in turn. Training would get used to it, but weights trained elsewhere would meet the wrong values.",
            {
                "neighbours paired": (
                    "first, second = value.chunk(2, dim=2)",
                    "first, second = value[:, :, 0::2], value[:, :, 1::2]",
                ),
                "second half in front": ("(first, second), dim=-1)", "(second, first), dim=-1)"),
                "numbers of a pair alternate": (
                    "torch.cat((first, second), dim=-1)",
                    "torch.stack((first, second), dim=-1).flatten(-2)",
                ),
            },
        ),
        "pairs that say the same twice": Kind(
            "Your pairs say the same thing twice: the values of the first, or the mean of both. Half of what comes "
            "out repeats the other half, and what only the second could tell is lost or blurred.",
            {
                "first half twice": ("(first, second), dim=-1)", "(first, first), dim=-1)"),
                "half as large, not twice": (
                    "torch.cat((first, second), dim=-1)",
                    "((first + second) / 2).repeat(1, 1, 1, 2)",
                ),
            },
        ),
        "values split along another axis": Kind(
            "You split the values between tokens, or in the middle of every head. It is heads that are to be paired, "
            "and what you make no longer fits the keys.",
            {
                "split along the tokens": ("value.chunk(2, dim=2)", "value.chunk(2, dim=1)"),
                "split along the numbers": ("value.chunk(2, dim=2)", "value.chunk(2, dim=3)"),
            },
        ),
        "even and odd heads": Kind(
            "You take every other head for the noise, where it is the second half of them. The values are laid out "
            "for partners that stand half of the heads apart; between neighbours nothing need cancel, nor did trained "
            "heads learn to.",
            {
                "even and odd heads": (
                    "signal, noise = super().attend(query, key, value, context).chunk(2, dim=2)",
                    "found = super().attend(query, key, value, context)\n"
                    "        signal, noise = found[:, :, 0::2], found[:, :, 1::2]",
                )
            },
        ),
        "halves swapped": Kind(
            "You take the second half of the heads for the signal and the first for the noise. Training would get "
            "used to it, but weights trained elsewhere would lose what they mean to keep.",
            {"halves swapped": ("signal, noise = super()", "noise, signal = super()")},
        ),
        "halves of something else than heads": Kind(
            "You split what was found along its numbers or along the tokens. Signal and noise are two halves of the "
            "heads; cut in another way, nothing is taken off that another head has picked up too.",
            {
                "halves of the numbers": ("context).chunk(2, dim=2)", "context).repeat(1, 1, 1, 2).chunk(2, dim=3)"),
                "halves of the tokens": ("context).chunk(2, dim=2)", "context).chunk(2, dim=1)"),
            },
        ),
        "one half looks with the other's": Kind(
            "You let the second half look with queries or keys of the first. Its own then never learn, and the less "
            "the two halves differ, the more of the signal goes with the noise.",
            {
                "the first half looks twice": (
                    "noise = super().attend(query, key, value, context)",
                    "noise = super().attend(query[:, :, : query.size(2) // 2].repeat(1, 1, 2, 1), key, value, context)",
                ),
                "keys of the first half for both": (
                    "noise = super().attend(query, key, value, context)",
                    "noise = super().attend(query, key[:, :, : key.size(2) // 2].repeat(1, 1, 2, 1), value, context)",
                ),
            },
        ),
        "signal taken for the noise": Kind(
            "You take what the signal's heads found for the noise as well. A part of the signal taken off itself "
            "changes hardly more than its size, which the norm undoes, and what the other half found is lost.",
            {
                "the noise's queries from the signal's": (
                    "# How much of the second is taken off",
                    "noise = signal\n        #",
                )
            },
        ),
        "context not handed on whole": Kind(
            CONTEXT_CUT,
            {
                "nothing handed on of the context": (
                    "value, context).chunk",
                    "value, Context(context.position)).chunk",
                ),
                "the cache forgotten": ("value, context).chunk", "value, context._replace(cache=None)).chunk"),
            },
        ),
        "layers counted from another number": Kind(
            "You count the layers from another number than zero. Every layer then gets the base that is meant for the "
            "one above or below it, and a trained model takes off the wrong share of the noise.",
            {
                "layers counted from 1": ("* context.layer)", "* (context.layer + 1))"),
                "layers counted from 1, as the paper does, and one taken off": (
                    "* context.layer)",
                    "* (context.layer - 1))",
                ),
            },
        ),
        "the same base in every layer": Kind(
            "Your base is the same in every layer. It should be small in the first and grow with the depth, so that "
            "deeper layers start out taking off more of the noise.",
            {
                "the layer forgotten": (" * context.layer)", ")"),
                "layer of zero for all": ("* context.layer", "* 0"),
                "base always 0.8": ("0.8 - 0.6 * math.exp(-0.3 * context.layer)", "0.8"),
            },
        ),
        "base on another curve": Kind(
            "Your base follows another curve than the one from a fifth, in the first layer, towards four fifths. What "
            "comes out is multiplied by one minus the base, and gets another size or even another sign.",
            {
                "base without the exponential": ("math.exp(-0.3 * context.layer)", "(-0.3 * context.layer)"),
                "base that falls with the depth": ("math.exp(-0.3 * context.layer)", "math.exp(0.3 * context.layer)"),
                "base that starts at 0.6": ("0.8 - 0.6 *", "0.6 - 0.8 *"),
                "base added to 0.8": ("0.8 - 0.6", "0.8 + 0.6"),
            },
        ),
        "base not added": Kind(
            "You do not add the base to what the exponentials give. The share then starts near zero, or below, and at "
            "first the noise stays in, or is even added.",
            {
                "share without the base": (" + base\n", "\n"),
                "base subtracted": ("torch.exp(q2 @ k2) + base", "torch.exp(q2 @ k2) - base"),
                "share times the base": (
                    "torch.exp(q1 @ k1) - torch.exp(q2 @ k2) + base",
                    "(torch.exp(q1 @ k1) - torch.exp(q2 @ k2)) * base",
                ),
            },
        ),
        "share of the base only": Kind(
            "Your share is the base and nothing else. The four vectors get no gradient, and the layer cannot learn "
            "how much of the noise to take off.",
            {"share of the base only": ("torch.exp(q1 @ k1) - torch.exp(q2 @ k2) + base", "torch.tensor(base)")},
        ),
        "share without exponentials": Kind(
            "You subtract the two products from each other without their exponentials. Near zero that is almost the "
            "same, but trained vectors may be larger, and another share of the noise is taken off.",
            {"share without exponentials": ("torch.exp(q1 @ k1) - torch.exp(q2 @ k2)", "q1 @ k1 - q2 @ k2")},
        ),
        "exponentials that do not cancel": Kind(
            "Your exponentials do not cancel where the vectors are small, and the share starts higher than its base "
            "by one or two. More than the whole noise is then taken off from the first step on.",
            {
                "one exponential of the difference": (
                    "torch.exp(q1 @ k1) - torch.exp(q2 @ k2)",
                    "torch.exp(q1 @ k1 - q2 @ k2)",
                ),
                "exponentials added": ("torch.exp(q1 @ k1) - torch", "torch.exp(q1 @ k1) + torch"),
            },
        ),
        "exponentials the wrong way round": Kind(
            "You take the first exponential off the second. The share falls where it should rise; training would get "
            "used to that, but vectors trained elsewhere take off too little or too much.",
            {
                "exponentials the wrong way round": (
                    "torch.exp(q1 @ k1) - torch.exp(q2 @ k2)",
                    "torch.exp(q2 @ k2) - torch.exp(q1 @ k1)",
                )
            },
        ),
        "vectors paired with the wrong partners": Kind(
            "You multiply vectors of the share with other partners than their own. A query goes with the key of the "
            "same number; with other pairs, vectors trained elsewhere give another share of the noise.",
            {
                "queries with queries, keys with keys": (
                    "torch.exp(q1 @ k1) - torch.exp(q2 @ k2)",
                    "torch.exp(q1 @ q2) - torch.exp(k1 @ k2)",
                ),
                "crosswise": ("torch.exp(q1 @ k1) - torch.exp(q2 @ k2)", "torch.exp(q1 @ k2) - torch.exp(q2 @ k1)"),
            },
        ),
        "exponentials number by number": Kind(
            "You take exponentials number by number, where it should be one of each whole product. The share is a "
            "single number to which all of a vector contributes; yours hardly moves, or is another one for every "
            "number.",
            {
                "a share for every number": (
                    "torch.exp(q1 @ k1) - torch.exp(q2 @ k2)",
                    "torch.exp(q1 * k1).repeat(2) - torch.exp(q2 * k2).repeat(2)",
                ),
                "a sum of exponentials, not the exponential of a sum": (
                    "torch.exp(q1 @ k1) - torch.exp(q2 @ k2)",
                    "torch.exp(q1 * k1).mean() - torch.exp(q2 * k2).mean()",
                ),
            },
        ),
        "products scaled": Kind(
            "You scale the products of the share as if they were scores. Its vectors are not normed and are drawn "
            "small enough as they are; scaled, those of a trained model give another share than they should.",
            {
                "products scaled by the root of the size": (
                    "torch.exp(q1 @ k1) - torch.exp(q2 @ k2)",
                    "torch.exp(q1 @ k1 * self.scale) - torch.exp(q2 @ k2 * self.scale)",
                )
            },
        ),
        "share bounded": Kind(
            "You keep the share between zero and one. Trained vectors may well lead out of that range, and where it "
            "is cut off, they get no gradient that could bring it back.",
            {
                "share squeezed into 0 ... 1": (
                    "torch.exp(q2 @ k2) + base",
                    "torch.exp(q2 @ k2) + base\n        share = share.clamp(0, 1)",
                )
            },
        ),
        "share too narrow": Kind(
            "You compute the share in the dtype of the values. In bfloat16, two large exponentials that lie close "
            "together become equal, and their difference, which is all that counts, is gone.",
            {
                "share computed in bfloat16": (
                    "wide = torch.promote_types(value.dtype, torch.float32)",
                    "wide = value.dtype",
                )
            },
        ),
        "noise not taken off but added": Kind(
            "You add the noise to the signal, where it is to be taken off. What both halves have picked up then stays "
            "in, or gets even stronger, instead of cancelling.",
            {
                "noise added": ("signal - share", "signal + share"),
                "a mixture": (
                    "signal - share.to(value.dtype) * noise",
                    "(1 - share.to(value.dtype)) * signal + share.to(value.dtype) * noise",
                ),
            },
        ),
        "signal taken off the noise": Kind(
            "You take the signal off the noise, and all that comes out has the opposite sign. Training would get used "
            "to it, but a trained output projection would say the contrary of what it means.",
            {
                "signal taken off the noise": (
                    "signal - share.to(value.dtype) * noise",
                    "share.to(value.dtype) * noise - signal",
                )
            },
        ),
        "share on the signal": Kind(
            "You multiply the signal by the share and take the noise off in full. The share says how much of the "
            "noise there is to lose; on the signal, it weakens what should be kept.",
            {
                "share on the signal": (
                    "signal - share.to(value.dtype) * noise",
                    "share.to(value.dtype) * signal - noise",
                )
            },
        ),
        "share plays no part": Kind(
            "You take the noise off in full, or not at all, and the share plays no part. Its vectors get no gradient, "
            "and no layer can learn how much of the noise it should lose.",
            {
                "the whole noise taken off": ("share.to(value.dtype) * noise", "noise"),
                "nothing taken off": ("signal - share.to(value.dtype) * noise", "signal"),
            },
        ),
        "norm forgotten": Kind(
            "You leave out the norm of the difference. Its size then depends on how much was taken off, and heads "
            "that lost nearly everything could hardly be heard.",
            {
                "norm forgotten": (
                    "rms_norm(signal - share.to(value.dtype) * noise, self.norm_eps)",
                    "(signal - share.to(value.dtype) * noise)",
                )
            },
        ),
        "each half normed by itself": Kind(
            "You norm signal and noise by themselves and then take their difference. Noise comes out as large as the "
            "signal however little there was of it, and the difference itself has no fixed size.",
            {
                "norm of each half, then the difference": (
                    "rms_norm(signal - share.to(value.dtype) * noise, self.norm_eps)",
                    "(rms_norm(signal, self.norm_eps) - share.to(value.dtype) * rms_norm(noise, self.norm_eps))",
                )
            },
        ),
        "norm over other numbers": Kind(
            "You norm more, or less, at once than what one head has found. That is one vector, both values of its "
            "pair together; normed otherwise, heads or values count more or less beside each other than they should.",
            {
                "norm over all heads": (
                    "rms_norm(signal - share.to(value.dtype) * noise, self.norm_eps)",
                    "rms_norm((signal - share.to(value.dtype) * noise).flatten(2), self.norm_eps).view_as(signal)",
                ),
                "norm of each value of the pair": (
                    "rms_norm(signal - share.to(value.dtype) * noise, self.norm_eps)",
                    "rms_norm((signal - share.to(value.dtype) * noise).unflatten(-1, (2, -1)), "
                    "self.norm_eps).flatten(-2)",
                ),
            },
        ),
        "layer norm": Kind(
            "You subtract the mean before the size is fixed, as layer norm does. RMS norm leaves the mean where it "
            "is, and what a head has found may well lie in it.",
            {
                "layer norm": (
                    "rms_norm(signal - share.to(value.dtype) * noise, self.norm_eps)",
                    "nn.functional.layer_norm(signal - share.to(value.dtype) * noise, signal.shape[-1:], "
                    "eps=self.norm_eps)",
                )
            },
        ),
        "eps hard-coded": Kind(HARD_CODED, {"eps hard-coded": ("self.norm_eps)", "1e-5)")}),
        "another factor behind the norm": Kind(
            "You multiply the normed difference by another factor, or by none. The right one follows from the base "
            "and makes every layer's findings as large as ordinary attention's; yours writes too much or too little "
            "into the stream.",
            {
                "factor forgotten": ("(1 - base) * ", ""),
                "factor of the base": ("(1 - base) *", "base *"),
                "factor of one minus the share": ("(1 - base) *", "(1 - share.to(value.dtype)) *"),
                "factor of one plus the base": ("(1 - base) *", "(1 + base) *"),
                "factor of 0.2, that of the last layers": ("(1 - base) *", "0.2 *"),
            },
        ),
        "factor inside the norm": Kind(
            "You multiply by the factor before the norm, which divides it away again. Behind the norm, it brings what "
            "comes out to the size of an ordinary head's findings.",
            {"factor inside the norm": ("(1 - base) * rms_norm(", "rms_norm((1 - base) * ")},
        ),
        "another shape": Kind(
            "Your numbers are right, but they come in another shape than asked for. Whoever reads the result counts "
            "on half as many heads, each of twice the size and on an axis of its own.",
            {
                "heads of the usual size": (
                    "return (1 - base) * rms_norm(signal - share.to(value.dtype) * noise, self.norm_eps)",
                    "out = (1 - base) * rms_norm(signal - share.to(value.dtype) * noise, self.norm_eps)\n"
                    "        return out.unflatten(-1, (2, -1)).flatten(2, 3)",
                ),
                "heads side by side already": (
                    "return (1 - base) * rms_norm(signal - share.to(value.dtype) * noise, self.norm_eps)",
                    "return ((1 - base) * rms_norm(signal - share.to(value.dtype) * noise, self.norm_eps)).flatten(2)",
                ),
            },
        ),
        "another dtype": Kind(
            OTHER_DTYPE, {"result widened": ("share.to(value.dtype) * noise", "share * noise.to(wide)")}
        ),
        "changed in place": Kind(
            IN_PLACE, {"values changed in place": ("value.chunk(2, dim=2)", "value.mul_(1.5).chunk(2, dim=2)")}
        ),
        "gradient cut": Kind(
            GRADIENT_CUT,
            {
                "share not learned": ("share = torch.exp(q1 @ k1)", "share = torch.exp(q1 @ k1).detach()"),
                "noise cut from the gradient": ("* noise, self", "* noise.detach(), self"),
            },
        ),
        "nothing returned": Kind(NOTHING_RETURNED, {"nothing returned": ("return (1 - base)", "(1 - base)")}),
    },
}
