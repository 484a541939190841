"""What people write for attentions.latent.MultiHeadLatentAttention.__init__, and why it matters."""

from scripts.course.attentions.latent.explanations import EPS_OF_THE_REST, SAME_WEIGHTS
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "grouped heads or a gate not refused": Kind(
        "You let a configuration pass that this attention does not support: fewer key/value heads than query "
        "heads, or a gate. The model would be built and trained as something else than its configuration says, "
        "without any error.",
        {
            "grouped heads let through": ("config.n_kv_head != config.n_head or ", ""),
            "a gate let through": (" or config.attention_gate:", ":"),
            "everything let through": ("if config.n_kv_head != config.n_head or config.attention_gate:", "if False:"),
            "refused only together": (" or config.attention_gate:", " and config.attention_gate:"),
            "grouped heads refused, but not multi-query": (
                "config.n_kv_head != config.n_head or",
                "1 < config.n_kv_head < config.n_head or",
            ),
        },
    ),
    "scale made from another size": Kind(
        "Your scale is made from another size than that of a whole key, content and rotary part together. The "
        "scores come out too large or too small, and the softmax too sharp or too flat.",
        {
            "the scale of the content only": (
                "self.scale = key_dim**-0.5 if config.softmax_scale is None else config.softmax_scale",
                "self.scale = self.head_dim**-0.5 if config.softmax_scale is None else config.softmax_scale",
            ),
            "the scale of the rotary part only": (
                "self.scale = key_dim**-0.5 if config.softmax_scale is None else config.softmax_scale",
                "self.scale = self.rope_head_dim**-0.5 if config.softmax_scale is None else config.softmax_scale",
            ),
            "the scale of the latent": (
                "self.scale = key_dim**-0.5 if config.softmax_scale is None else config.softmax_scale",
                "self.scale = config.latent_rank**-0.5 if config.softmax_scale is None else config.softmax_scale",
            ),
            "the scale of the value": (
                "self.scale = key_dim**-0.5 if config.softmax_scale is None else config.softmax_scale",
                "self.scale = self.value_head_dim**-0.5 if config.softmax_scale is None else config.softmax_scale",
            ),
        },
    ),
    "scale the root itself": Kind(
        "You multiply the scores by the root of the size instead of dividing by it. They become so large that "
        "the softmax puts all weight on a single key from the start, which leaves hardly any gradient.",
        {
            "the scale the root itself": (
                "self.scale = key_dim**-0.5 if config.softmax_scale is None else config.softmax_scale",
                "self.scale = key_dim**0.5 if config.softmax_scale is None else config.softmax_scale",
            )
        },
    ),
    "a configured scale not taken as it is": Kind(
        "Where the configuration names a scale, you leave it out, or multiply it by the usual one. It takes "
        "the place of the usual one; public weights were trained with exactly that number.",
        {
            "a scale of its own ignored": (
                "self.scale = key_dim**-0.5 if config.softmax_scale is None else config.softmax_scale",
                "self.scale = key_dim**-0.5",
            ),
            "a scale of its own multiplied": (
                "self.scale = key_dim**-0.5 if config.softmax_scale is None else config.softmax_scale",
                "self.scale = key_dim**-0.5 * (config.softmax_scale or 1.0)",
            ),
        },
    ),
    "another size of the heads' content": Kind(
        "The content of your heads has another size than the configuration says. That is a setting of its own, "
        "on top of which the rotary part comes, and from the two follow the shapes of nearly all projections.",
        {
            "the rotary part inside the head": (
                "key_dim = self.head_dim + self.rope_head_dim",
                ("self.head_dim -= self.rope_head_dim // 2\n        key_dim = self.head_dim + self.rope_head_dim"),
            ),
            "head_dim not kept": (
                "self.head_dim, self.rope_head_dim = config.head_dim, config.rope_head_dim",
                ("self.rope_head_dim = config.rope_head_dim\n        self.head_dim = config.n_embd // config.n_head"),
            ),
            "the sizes of the two parts swapped": (
                "self.head_dim, self.rope_head_dim = config.head_dim, config.rope_head_dim",
                "self.rope_head_dim, self.head_dim = config.head_dim, config.rope_head_dim",
            ),
        },
    ),
    "another size of the values": Kind(
        "The size of your values is not the one that is set, or, where none is set, not that of the keys' "
        "q_nope. Two projections take their shape from it, and public weights would not fit into them.",
        {
            "values always as large as content": ("config.value_head_dim or config.head_dim", "config.head_dim"),
            "the size of a value None": ("config.value_head_dim or config.head_dim", "config.value_head_dim"),
            "values as large as keys": (
                "config.value_head_dim or config.head_dim",
                "config.value_head_dim or config.head_dim + config.rope_head_dim",
            ),
        },
    ),
    "rotary key counted into the latent": Kind(
        "Your latent, or its norm, has room for the rotary key as well. The rotary key comes from a layer of "
        "its own and is never normalised; it only lies beside the latent in the cache.",
        {
            "latent and rotary key from one projection": (
                "self.kv_down_proj = nn.Linear(config.n_embd, config.latent_rank, bias=config.bias)",
                (
                    "self.kv_down_proj = nn.Linear(config.n_embd, config.latent_rank + config.rope_head_dim, "
                    "bias=config.bias)"
                ),
            ),
            "the latent's norm over latent and rotary key": (
                "self.kv_down_norm = RMSNorm(config.latent_rank, LATENT_EPS)",
                "self.kv_down_norm = RMSNorm(config.latent_rank + config.rope_head_dim, LATENT_EPS)",
            ),
        },
    ),
    "bias not as configured": Kind(
        "You decide for yourself whether a projection has a bias, where the configuration is to decide. Weights "
        "that were trained with the setting would have one bias too many, or one too few.",
        {
            "the latent never with a bias": (
                "self.kv_down_proj = nn.Linear(config.n_embd, config.latent_rank, bias=config.bias)",
                "self.kv_down_proj = nn.Linear(config.n_embd, config.latent_rank, bias=False)",
            ),
            "the latent always with a bias": (
                "self.kv_down_proj = nn.Linear(config.n_embd, config.latent_rank, bias=config.bias)",
                "self.kv_down_proj = nn.Linear(config.n_embd, config.latent_rank)",
            ),
            "the rotary key never with a bias": (
                "self.k_rope_proj = nn.Linear(config.n_embd, config.rope_head_dim, bias=config.bias)",
                "self.k_rope_proj = nn.Linear(config.n_embd, config.rope_head_dim, bias=False)",
            ),
            "the queries' latent never with a bias": (
                "self.q_down_proj = nn.Linear(config.n_embd, rank, bias=config.bias)",
                "self.q_down_proj = nn.Linear(config.n_embd, rank, bias=False)",
            ),
            "the output never with a bias": (
                "self.o_proj = nn.Linear(config.n_head * self.value_head_dim, config.n_embd, bias=config.bias)",
                "self.o_proj = nn.Linear(config.n_head * self.value_head_dim, config.n_embd, bias=False)",
            ),
            "the output always with a bias": (
                "self.o_proj = nn.Linear(config.n_head * self.value_head_dim, config.n_embd, bias=config.bias)",
                "self.o_proj = nn.Linear(config.n_head * self.value_head_dim, config.n_embd)",
            ),
        },
    ),
    "a bias where there never is one": Kind(
        "You allow a bias for queries, or for keys or values made from the latent, which never have one. "
        "Public weights hold none there, and the absorbed way, which uses the weights alone, would leave out "
        "that of keys and values.",
        {
            "keys with a bias": (
                "self.k_up_proj = nn.Linear(config.latent_rank, config.n_head * self.head_dim, bias=False)",
                ("self.k_up_proj = nn.Linear(config.latent_rank, config.n_head * self.head_dim, bias=config.bias)"),
            ),
            "values with a bias": (
                ("self.v_up_proj = nn.Linear(config.latent_rank, config.n_head * self.value_head_dim, bias=False)"),
                (
                    "self.v_up_proj = nn.Linear(config.latent_rank, config.n_head * self.value_head_dim, "
                    "bias=config.bias)"
                ),
            ),
            "keys, values and queries with a bias": (
                "self.q_proj = nn.Linear(rank or config.n_embd, config.n_head * key_dim, bias=False)",
                "values = config.n_head * self.value_head_dim\n"
                "        self.k_up_proj = nn.Linear(config.latent_rank, config.n_head * self.head_dim, bias=config.bias)\n"
                "        self.v_up_proj = nn.Linear(config.latent_rank, values, bias=config.bias)\n"
                "        self.q_proj = nn.Linear(rank or config.n_embd, config.n_head * key_dim, bias=config.bias)",
            ),
            "queries with a bias": (
                "self.q_proj = nn.Linear(rank or config.n_embd, config.n_head * key_dim, bias=False)",
                "self.q_proj = nn.Linear(rank or config.n_embd, config.n_head * key_dim, bias=config.bias)",
            ),
        },
    ),
    "a rotary key for every head": Kind(
        "You make a rotary key for every head, H * R elements, where all heads share one of R. In the cache it "
        "would take H times the memory, and latents are there to save memory.",
        {
            "a rotary key for every head": (
                "self.k_rope_proj = nn.Linear(config.n_embd, config.rope_head_dim, bias=config.bias)",
                ("self.k_rope_proj = nn.Linear(config.n_embd, config.n_head * config.rope_head_dim, bias=config.bias)"),
            )
        },
    ),
    "rotary key from the latent": Kind(
        "Your layer for the rotary key expects the latent. The rotary key is made from the token itself, "
        "beside the latent, so that the layer would be given vectors of another size.",
        {
            "the rotary key from the latent": (
                "self.k_rope_proj = nn.Linear(config.n_embd, config.rope_head_dim, bias=config.bias)",
                "self.k_rope_proj = nn.Linear(config.latent_rank, config.rope_head_dim, bias=config.bias)",
            )
        },
    ),
    "a latent without its norm": Kind(
        "You put nothing in the place where a latent has its norm. Its size would be whatever its projection "
        "gives, and what is made of it would grow or shrink unchecked in training.",
        {
            "the latent's norm forgotten": (
                "self.kv_down_norm = RMSNorm(config.latent_rank, LATENT_EPS)",
                "self.kv_down_norm = nn.Identity()",
            ),
            "the queries' norm forgotten": (
                "self.q_down_norm = RMSNorm(rank, LATENT_EPS)",
                "self.q_down_norm = nn.Identity()",
            ),
        },
    ),
    "eps of the rest of the model": Kind(
        EPS_OF_THE_REST,
        {
            "the latent's norm with the eps of the rest": (
                "self.kv_down_norm = RMSNorm(config.latent_rank, LATENT_EPS)",
                "self.kv_down_norm = RMSNorm(config.latent_rank, config.norm_eps)",
            ),
            "the queries' norm with the eps of the rest": (
                "self.q_down_norm = RMSNorm(rank, LATENT_EPS)",
                "self.q_down_norm = RMSNorm(rank, config.norm_eps)",
            ),
            "both norms with the eps of the rest": (
                "key_dim = self.head_dim + self.rope_head_dim",
                ("key_dim = self.head_dim + self.rope_head_dim\n        LATENT_EPS = config.norm_eps"),
            ),
        },
    ),
    "another kind of norm": Kind(
        "You norm the latent with another norm than RMS norm with learned weights. One that also subtracts the "
        "mean, or has no weights, gives another result, and public weights do not fit it.",
        {
            "a layer norm for the latent": (
                "self.kv_down_norm = RMSNorm(config.latent_rank, LATENT_EPS)",
                "self.kv_down_norm = nn.LayerNorm(config.latent_rank, LATENT_EPS)",
            ),
            "the latent's norm without weights": (
                "self.kv_down_norm = RMSNorm(config.latent_rank, LATENT_EPS)",
                "self.kv_down_norm = nn.RMSNorm(config.latent_rank, LATENT_EPS, elementwise_affine=False)",
            ),
        },
    ),
    "one norm for both latents": Kind(
        "The latent of the queries shares the norm of the other latent. The two have different sizes as a "
        "rule, and each has to learn for itself how large its channels are.",
        {
            "one norm for both latents": (
                "self.q_down_norm = RMSNorm(rank, LATENT_EPS)",
                "self.q_down_norm = self.kv_down_norm",
            )
        },
    ),
    "rotary part made from the latent": Kind(
        "You make keys from the latent in their full size, the rotary part included. That part is rotated by "
        "the position and shared by all heads, so that it has a layer of its own; the latent gives the content.",
        {
            "keys with the rotary part": (
                "self.k_up_proj = nn.Linear(config.latent_rank, config.n_head * self.head_dim, bias=False)",
                "self.k_up_proj = nn.Linear(config.latent_rank, config.n_head * key_dim, bias=False)",
            )
        },
    ),
    "made for one head only": Kind(
        "You make for a single head what each head has of its own: the content of keys, or the rotary part of "
        "queries. Only the rotary key is shared; if they shared more, the heads could hardly attend to "
        "different things.",
        {
            "keys of one head": (
                "self.k_up_proj = nn.Linear(config.latent_rank, config.n_head * self.head_dim, bias=False)",
                "self.k_up_proj = nn.Linear(config.latent_rank, self.head_dim, bias=False)",
            ),
            "one rotary part for the queries of all heads": (
                "self.q_proj = nn.Linear(rank or config.n_embd, config.n_head * key_dim, bias=False)",
                (
                    "self.q_proj = nn.Linear(rank or config.n_embd, config.n_head * self.head_dim + "
                    "self.rope_head_dim, bias=False)"
                ),
            ),
        },
    ),
    "keys from the token": Kind(
        "Your layer for keys expects a whole token. Keys are made from the latent, because the latent is all "
        "that a cache keeps of the tokens before.",
        {
            "keys from the token": (
                "self.k_up_proj = nn.Linear(config.latent_rank, config.n_head * self.head_dim, bias=False)",
                "self.k_up_proj = nn.Linear(config.n_embd, config.n_head * self.head_dim, bias=False)",
            )
        },
    ),
    "values sized like the keys' content": Kind(
        "Your layer for values has H * D outputs, and H * Dv is needed. Values have a size Dv of their own, by "
        "which they are split into heads afterwards and which the output layer expects.",
        {
            "values as large as the content of keys": (
                ("self.v_up_proj = nn.Linear(config.latent_rank, config.n_head * self.value_head_dim, bias=False)"),
                "self.v_up_proj = nn.Linear(config.latent_rank, config.n_head * self.head_dim, bias=False)",
            )
        },
    ),
    "keys and values from the same weights": Kind(
        SAME_WEIGHTS,
        {
            "values from the keys' weights": (
                ("self.v_up_proj = nn.Linear(config.latent_rank, config.n_head * self.value_head_dim, bias=False)"),
                "self.v_up_proj = self.k_up_proj",
            )
        },
    ),
    "queries' latent not as configured": Kind(
        "Your queries have a latent where none is asked for, none where one is, or one of another rank. It has "
        "a setting of its own, apart from the other latent, and public weights fit only what is set.",
        {
            "a latent for queries always": (
                "if rank is not None:",
                "rank = rank or config.latent_rank\n        if True:",
            ),
            "a latent for queries never": ("rank = config.query_latent_rank", "rank = None"),
            "the queries' latent as large as the other": (
                "rank = config.query_latent_rank",
                "rank = config.query_latent_rank and config.latent_rank",
            ),
        },
    ),
    "queries not made from their latent": Kind(
        "Your layer for queries expects a whole token, even where queries have a latent of their own. It would "
        "be given the smaller latent, which does not fit.",
        {
            "queries from the token in spite of their latent": (
                "self.q_proj = nn.Linear(rank or config.n_embd, config.n_head * key_dim, bias=False)",
                "self.q_proj = nn.Linear(config.n_embd, config.n_head * key_dim, bias=False)",
            )
        },
    ),
    "queries without a rotary part": Kind(
        "Your layer for queries makes content only. Nothing in a query would meet the rotary key then, and no "
        "head could tell near from far.",
        {
            "queries without the rotary part": (
                "self.q_proj = nn.Linear(rank or config.n_embd, config.n_head * key_dim, bias=False)",
                "self.q_proj = nn.Linear(rank or config.n_embd, config.n_head * self.head_dim, bias=False)",
            )
        },
    ),
    "output made for another size": Kind(
        "Your output projection expects another size than H * Dv, that of all heads' values concatenated. "
        "Values may differ in size from keys, and together from the residual stream.",
        {
            "the output from content": (
                "self.o_proj = nn.Linear(config.n_head * self.value_head_dim, config.n_embd, bias=config.bias)",
                "self.o_proj = nn.Linear(config.n_head * self.head_dim, config.n_embd, bias=config.bias)",
            ),
            "the output from whole keys": (
                "self.o_proj = nn.Linear(config.n_head * self.value_head_dim, config.n_embd, bias=config.bias)",
                "self.o_proj = nn.Linear(config.n_head * key_dim, config.n_embd, bias=config.bias)",
            ),
            "the output from the width": (
                "self.o_proj = nn.Linear(config.n_head * self.value_head_dim, config.n_embd, bias=config.bias)",
                "self.o_proj = nn.Linear(config.n_embd, config.n_embd, bias=config.bias)",
            ),
        },
    ),
    "QK norms left out": Kind(
        "You put nothing in the place of the QK norms, whatever the configuration says. They keep queries and "
        "keys at one size; without them scores can grow in training until it breaks.",
        {
            "no QK norms": (
                (
                    "self.q_norm, self.k_norm = build_qk_norm(config, config.n_head), build_qk_norm(config, "
                    "config.n_head)"
                ),
                "self.q_norm, self.k_norm = nn.Identity(), nn.Identity()",
            )
        },
    ),
    "one norm for queries and keys": Kind(
        "Queries and keys share one norm in your code. Each of the two has to learn its own sizes, and public "
        "weights come as two sets.",
        {
            "one QK norm for both": (
                (
                    "self.q_norm, self.k_norm = build_qk_norm(config, config.n_head), build_qk_norm(config, "
                    "config.n_head)"
                ),
                "self.q_norm = self.k_norm = build_qk_norm(config, config.n_head)",
            )
        },
    ),
    "keys' norm for one head": Kind(
        "Your norm of the keys has the size of a single head. A norm over all heads together needs a weight for "
        "every element of all of them, and fails on its input otherwise.",
        {
            "the keys' norm for one head": (
                (
                    "self.q_norm, self.k_norm = build_qk_norm(config, config.n_head), build_qk_norm(config, "
                    "config.n_head)"
                ),
                "self.q_norm, self.k_norm = build_qk_norm(config, config.n_head), build_qk_norm(config, 1)",
            )
        },
    ),
    "absorbing not tied to QK norm": Kind(
        "Your `can_absorb` does not tell whether QK norm is off. Any QK norm, even one without weights, keeps "
        "keys from being linear maps of the latent, so that absorbing gives wrong scores; without one, it "
        "saves work.",
        {
            "absorbs always": ('config.qk_norm == "off"', "True"),
            "absorbs never": ('config.qk_norm == "off"', "False"),
            "absorbs with norms that have no weights": (
                'config.qk_norm == "off"',
                'config.qk_norm == "off" or config.qk_normalization.endswith("noparam")',
            ),
            "absorbs the other way round": ('config.qk_norm == "off"', 'config.qk_norm != "off"'),
        },
    ),
    "another share of dropout": Kind(
        "You use another dropout probability than the configuration says, zero or a half. Training would lack "
        "the noise that was asked for, or drown in it.",
        {
            "dropout of zero where there are biases": (
                "self.dropout = nn.Dropout(config.dropout)",
                "self.dropout = nn.Dropout(0.0 if config.bias else config.dropout)",
            ),
            "dropout forgotten": ("self.dropout = nn.Dropout(config.dropout)", "self.dropout = nn.Dropout(0.0)"),
            "dropout of a half": ("self.dropout = nn.Dropout(config.dropout)", "self.dropout = nn.Dropout()"),
        },
    ),
    "the backend fixed": Kind(
        "You choose for yourself which function computes attention, where the configuration names a backend. A "
        "faster one that is asked for would never run, and one that cannot do what is asked would never be "
        "refused.",
        {
            "the backend fixed": (
                "self.backend = build_backend(config)",
                ("from .backends.scored import scored_attention\n        self.backend = scored_attention"),
            )
        },
    ),
    "another soft cap": Kind(
        "You keep no soft cap, or that of the logits, where the scores of attention have one of their own. "
        "Scores that a model was trained to cap would run free, or be squeezed into another range.",
        {
            "the soft cap forgotten": ("self.softcap = config.attention_softcap", "self.softcap = None"),
            "the soft cap of the logits": (
                "self.softcap = config.attention_softcap",
                "self.softcap = config.logit_softcap",
            ),
        },
    ),
    "sinks not as configured": Kind(
        "Your sinks are always there, or never, whatever the configuration says. A sink takes part of the "
        "weights of every softmax, so that weights trained with sinks give other results without them, and vice "
        "versa.",
        {
            "sinks always": (
                "self.sinks = nn.Parameter(torch.zeros(config.n_head)) if config.attention_sinks else None",
                "self.sinks = nn.Parameter(torch.zeros(config.n_head))",
            ),
            "sinks never": (
                "self.sinks = nn.Parameter(torch.zeros(config.n_head)) if config.attention_sinks else None",
                "self.sinks = None",
            ),
        },
    ),
    "sinks that start at one": Kind(
        "Your sinks start at one instead of zero. In a new model they would take a larger part of every softmax "
        "than was meant, and leave less for the keys.",
        {
            "sinks of one": (
                "self.sinks = nn.Parameter(torch.zeros(config.n_head)) if config.attention_sinks else None",
                "self.sinks = nn.Parameter(torch.ones(config.n_head)) if config.attention_sinks else None",
            )
        },
    ),
    "one sink for all heads": Kind(
        "All your heads share one sink, where (H,) is needed. Each has to learn for itself how much of its "
        "attention goes to no key, and public weights hold a sink for every head.",
        {
            "one sink for all heads": (
                "self.sinks = nn.Parameter(torch.zeros(config.n_head)) if config.attention_sinks else None",
                "self.sinks = nn.Parameter(torch.zeros(1)) if config.attention_sinks else None",
            )
        },
    ),
    "sinks that are not learned": Kind(
        "Your sinks are a plain tensor, which the module does not know as a parameter. They would not be "
        "learned, nor saved with the model, nor moved to its device.",
        {
            "sinks that are not learned": (
                "self.sinks = nn.Parameter(torch.zeros(config.n_head)) if config.attention_sinks else None",
                "self.sinks = torch.zeros(config.n_head) if config.attention_sinks else None",
            )
        },
    ),
    "window of another layer": Kind(
        "You keep another window than that of this layer. config.layer_windows has one for every layer of the model, None "
        "where a layer has none, and layers are counted from 0.",
        {
            "no window where there are sinks": (
                "self.window = config.layer_windows[layer]",
                "self.window = None if config.attention_sinks else config.layer_windows[layer]",
            ),
            "window of the first layer for all": (
                "self.window = config.layer_windows[layer]",
                "self.window = config.layer_windows[0]",
            ),
            "window of the layer below": (
                "self.window = config.layer_windows[layer]",
                "self.window = config.layer_windows[layer - 1]",
            ),
            "no window": ("self.window = config.layer_windows[layer]", "self.window = None"),
        },
    ),
}
