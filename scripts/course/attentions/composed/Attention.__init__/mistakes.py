"""What people write for attentions.composed.Attention.__init__, and why it matters."""

from scripts.course.attentions.explanations import NOT_KEPT, PLAIN_TENSOR
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "bias not as configured": Kind(
        "One of your projections always has a bias, or never has one, whatever the configuration says. A state "
        "dict of a public model then has a bias too many, or leaves you with a bias that was never trained.",
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
        "You use the width of the residual stream, C, for all heads together, H * D. The two agree only while D "
        "is C / H; with heads of any other size, the shapes do not fit in the forward pass.",
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
        "You count the query heads where the key/value heads are meant. With grouped queries there are fewer "
        "of these, which keeps the cache small, and what is made for more does not fit the rest of the layer.",
        {
            "as many key heads as query heads": (
                "self.k_proj = nn.Linear(config.n_embd, config.n_kv_head",
                "self.k_proj = nn.Linear(config.n_embd, config.n_head",
            ),
            "as many value heads as query heads": (
                "self.v_proj = nn.Linear(config.n_embd, config.n_kv_head",
                "self.v_proj = nn.Linear(config.n_embd, config.n_head",
            ),
            "n_kv_head is n_head": (
                "config.n_head, config.n_kv_head, config.head_dim\n",
                "config.n_head, config.n_head, config.head_dim\n",
            ),
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
        "You make the keys for a single head. Every key/value head has keys of its own, and what you make "
        "cannot be split among several of them.",
        {
            "keys of one head's width": (
                "self.k_proj = nn.Linear(config.n_embd, config.n_kv_head * config.head_dim",
                "self.k_proj = nn.Linear(config.n_embd, config.head_dim",
            )
        },
    ),
    "one module under two names": Kind(
        "Two names stand for one and the same module in your code. Whatever weights it has serve both "
        "purposes, so that neither can learn its own, and a public model has weights for both.",
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
        "Your output projection has a name of your own. The forward pass does not find it, and neither does the "
        "initialization, which treats output projections differently and recognises them by name.",
        {"output projection under another name": ("self.o_proj", "self.out_proj")},
    ),
    "size of a head from the width": Kind(
        "You work out the size of a head from the width of the model, where the configuration has it. Heads "
        "may be of any size, and the projections, their split and the scale all have to agree on it.",
        {
            "head_dim by key/value heads": (
                "config.n_head, config.n_kv_head, config.head_dim\n",
                "config.n_head, config.n_kv_head, config.n_embd // config.n_kv_head\n",
            ),
            "head_dim as the width by the heads": (
                "config.n_head, config.n_kv_head, config.head_dim\n",
                "config.n_head, config.n_kv_head, config.n_embd // config.n_head\n",
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
            "head_dim not kept": (
                "self.n_head, self.n_kv_head, self.head_dim = config.n_head, config.n_kv_head, config.head_dim",
                "self.n_head, self.n_kv_head = config.n_head, config.n_kv_head",
            )
        },
    ),
    "requested scale not taken as it is": Kind(
        "Where the configuration names a scale, you do not use exactly that value. A model that was trained "
        "with it gets scores of another standard deviation, and attends too sharply or too evenly.",
        {
            "scale of its own ignored": (
                "config.head_dim**-0.5 if config.softmax_scale is None else config.softmax_scale",
                "config.head_dim**-0.5",
            ),
            "scale of its own with the root too": (
                "config.head_dim**-0.5 if config.softmax_scale is None else config.softmax_scale",
                "config.head_dim**-0.5 * (config.softmax_scale or 1.0)",
            ),
            "scale of its own taken for a head size": (
                "if config.softmax_scale is None else config.softmax_scale",
                "if config.softmax_scale is None else config.softmax_scale**-0.5",
            ),
        },
    ),
    "no scale where none is named": Kind(
        "Where the configuration names no scale, you keep None. The usual one, which follows from the size of "
        "a head, has to be filled in by then, because the backends multiply by whatever stands there.",
        {
            "scale None where none is given": (
                "config.head_dim**-0.5 if config.softmax_scale is None else config.softmax_scale",
                "config.softmax_scale",
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
        "You make up a QK norm of your own and ignore a setting: whether it runs over one head or all of them, "
        "of which kind it is, or its eps. It fits one configuration, and every other one gets other scores.",
        {
            "norm of the queries always by head": (
                "self.q_norm = build_qk_norm(config, config.n_head)",
                "self.q_norm = NORMS[config.qk_normalization](config.head_dim, config.norm_eps)",
            ),
            "norm of the queries of the blocks' kind": (
                "self.q_norm = build_qk_norm(config, config.n_head)",
                (
                    "self.q_norm = QK_NORMS[config.qk_norm](\n"
                    "            lambda dim: NORMS[config.normalization](dim, config.norm_eps),\n"
                    "            config.n_head,\n"
                    "            config.head_dim,\n"
                    "        )"
                ),
            ),
            "eps of the QK norm left at 1e-6": (
                "self.k_norm = build_qk_norm(config, config.n_kv_head)",
                (
                    "self.k_norm = QK_NORMS[config.qk_norm](\n"
                    "            lambda dim: NORMS[config.qk_normalization](dim, 1e-6), config.n_kv_head, config.head_dim\n"
                    "        )"
                ),
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
        "The order of your steps does not follow config.qk_norm_after_rotary. A norm with weights gives other scores "
        "after the rotation than before it, and a trained model needs the order that it was trained with.",
        {
            "place of the QK norm hard-coded": (
                "(rotate, qk_norm) if config.qk_norm_after_rotary else (qk_norm, rotate)",
                "(rotate, qk_norm)",
            ),
            "place of the QK norm the other one": (
                "(rotate, qk_norm) if config.qk_norm_after_rotary else (qk_norm, rotate)",
                "(qk_norm, rotate) if config.qk_norm_after_rotary else (rotate, qk_norm)",
            ),
        },
    ),
    "backend by its name": Kind(
        "You keep the name of a backend where the backend itself is wanted. What stands there is called with "
        "queries, keys and values, and a name cannot be called.",
        {"backend by its name": ("self.backend = build_backend(config)", "self.backend = config.attention_backend")},
    ),
    "the same backend always": Kind(
        "You take one backend whatever the configuration names. A faster one in the configuration brings no "
        "speed, and what that one does not support raises no error.",
        {
            "the same backend always": (
                "self.backend = build_backend(config)",
                ("from .backends.scored import scored_attention\n\n        self.backend = scored_attention"),
            )
        },
    ),
    "backend not asked whether it can": Kind(
        "You look the backend up without asking whether it supports all that the model wants. Some have no soft "
        "cap or no sinks, and would leave them out without a word.",
        {
            "backend not asked whether it can": (
                "self.backend = build_backend(config)",
                ("from .backends.fused import BACKENDS\n\n        self.backend = BACKENDS[config.attention_backend]"),
            )
        },
    ),
    "soft cap never": Kind(
        "You keep no soft cap, not even where the configuration asks for one. A model that was trained with it "
        "gets scores larger than any in its training.",
        {"soft cap never": ("self.softcap = config.attention_softcap", "self.softcap = None")},
    ),
    "soft cap of the logits": Kind(
        "You keep the cap that is meant for the logits at the end of the model. The scores have a cap of their "
        "own, or none, and would be squeezed where nobody asked for it.",
        {"soft cap of the logits": ("self.softcap = config.attention_softcap", "self.softcap = config.logit_softcap")},
    ),
    "soft cap of zero": Kind(
        "Where there should be no soft cap, you keep one of zero. It squeezes every score to nothing, and a "
        "head then attends to all keys alike.",
        {
            "soft cap of zero where there is none": (
                "self.softcap = config.attention_softcap",
                "self.softcap = config.attention_softcap or 0.0",
            )
        },
    ),
    "sinks against the setting": Kind(
        "Your sinks are there where none are asked for, or missing where they are. A sink takes part of the "
        "weights of every softmax, so that the keys of a trained model get less weight, or more, than it has "
        "learned.",
        {
            "sinks always": (" if config.attention_sinks else None", ""),
            "sinks never": ("nn.Parameter(torch.zeros(config.n_head)) if config.attention_sinks else None", "None"),
            "sinks the wrong way round": ("if config.attention_sinks else", "if not config.attention_sinks else"),
        },
    ),
    "sinks not learned": Kind(
        PLAIN_TENSOR, {"sinks not learned": ("nn.Parameter(torch.zeros(config.n_head))", "torch.zeros(config.n_head)")}
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
        "Your sinks do not have the shape (H,), one for each query head. Every head learns by itself how much "
        "of its attention goes to no key, and the softmax, as well as public models, expects this shape.",
        {
            "sinks for the key/value heads": ("torch.zeros(config.n_head)", "torch.zeros(config.n_kv_head)"),
            "one sink for all heads": ("torch.zeros(config.n_head)", "torch.zeros(1)"),
            "sinks of the size of a head": (
                "torch.zeros(config.n_head)",
                "torch.zeros(config.n_head, config.head_dim)",
            ),
            "sinks with axes for queries and keys": ("torch.zeros(config.n_head)", "torch.zeros(config.n_head, 1, 1)"),
        },
    ),
    "gate against the setting": Kind(
        "Your gate is there where none is asked for, or missing where one is. It holds back part of the "
        "attention output, and a trained model has learned with it or without it.",
        {
            "gate forgotten": ("if config.attention_gate:", "if False:"),
            "gate always": ("if config.attention_gate:", "if True:"),
            "gate the wrong way round": ("if config.attention_gate:", "if not config.attention_gate:"),
        },
    ),
    "no function where there is no gate": Kind(
        "You keep None as the gate where the configuration asks for none. The forward pass calls whatever "
        "stands there, and `no_gate` returns the heads' outputs as they are.",
        {"no function where there is no gate": ("self.gate = no_gate", "self.gate = None")},
    ),
    "gate created and not used": Kind(
        "You create the gate's projection, but self.gate still returns the heads' outputs as they are. The "
        "projection gets no gradient, and nothing is ever held back.",
        {"gate created and not used": ("self.gate = sigmoid_gate", "pass")},
    ),
    "a step left out": Kind(
        "One of the two steps is missing from yours, the rotation or the QK norm. Without the rotation attention cannot "
        "tell positions apart; without the norm the scores may grow without bound.",
        {
            "QK norm left out": ("(rotate, qk_norm) if", "(rotate,) if"),
            "rotation left out": ("(rotate, qk_norm) if", "(qk_norm,) if"),
            "rotation left out, where the norm comes first": (
                "rotary else (qk_norm, rotate)",
                "rotary else (qk_norm,)",
            ),
        },
    ),
    "gate with one number for each head": Kind(
        "Your gate has H outputs, one for each head, where H * D are needed. A gate has a factor for every "
        "element of the attention output, and the two cannot be multiplied with each other as they are.",
        {
            "gate with one number for each head": (
                "self.gate_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim",
                "self.gate_proj = nn.Linear(config.n_embd, config.n_head",
            )
        },
    ),
    "gate with a sigmoid in it": Kind(
        "You put the sigmoid into the gate's projection, and the forward pass takes it once more. A sigmoid of "
        "a sigmoid stays between a half and three quarters, so that the gate neither opens nor closes.",
        {
            "gate with a sigmoid in it": (
                "self.gate_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim, bias=config.bias)",
                (
                    "gate = nn.Linear(config.n_embd, config.n_head * config.head_dim, bias=config.bias)\n"
                    "            self.gate_proj = nn.Sequential(gate, nn.Sigmoid())"
                ),
            )
        },
    ),
    "dropout with torch's own share": Kind(
        "You create the dropout without saying how much is to be dropped, and torch drops half. In training, "
        "attention loses every other weight, and the layer every other result, also where nobody wants dropout.",
        {"dropout left at its default": ("self.dropout = nn.Dropout(config.dropout)", "self.dropout = nn.Dropout()")},
    ),
    "dropout as a number": Kind(
        "You keep the dropout probability, a float, where a module is wanted. The module is called in the "
        "forward pass, and knows whether the model is training.",
        {"dropout as a number": ("self.dropout = nn.Dropout(config.dropout)", "self.dropout = config.dropout")},
    ),
    "window of another layer": Kind(
        "You keep another window than that of this layer. config.layer_windows has one for every layer of the model, None "
        "where a layer has none, and layers are counted from 0.",
        {
            "window of the first layer for all": (
                "self.window = config.layer_windows[layer]",
                "self.window = config.layer_windows[0]",
            ),
            "window of the layer below": (
                "self.window = config.layer_windows[layer]",
                "self.window = config.layer_windows[layer - 1]",
            ),
            "no window": ("self.window = config.layer_windows[layer]", "self.window = None"),
            "no window where there are sinks": (
                "self.window = config.layer_windows[layer]",
                "self.window = None if config.attention_sinks else config.layer_windows[layer]",
            ),
        },
    ),
    "dropout of nothing": Kind(
        "Your layer drops nothing, always or beside another option, although the configuration asks for dropout. In "
        "training, the model learns its texts by heart sooner.",
        {
            "dropout of zero": ("self.dropout = nn.Dropout(config.dropout)", "self.dropout = nn.Dropout(0.0)"),
            "dropout of zero where there are biases": (
                "self.dropout = nn.Dropout(config.dropout)",
                "self.dropout = nn.Dropout(0.0 if config.bias else config.dropout)",
            ),
            "no dropout where there is a gate": (
                "self.dropout = nn.Dropout(config.dropout)",
                "self.dropout = nn.Identity() if config.attention_gate else nn.Dropout(config.dropout)",
            ),
        },
    ),
}
