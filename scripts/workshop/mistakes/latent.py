"""Mistakes in latent.py."""

from . import Kind
from .common import GRADIENT_CUT, OTHER_DTYPE

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

# Explanations that several pieces share.
EPS_OF_THE_REST = (
    "You give a latent's norm the eps of the rest of the model. These norms have an eps of their own, which no "
    "setting changes; with small latents another one gives another result."
)
NORMED_AGAIN = (
    "You norm what has been normed already. The weights of the norm then act twice, and the channels come out in "
    "other sizes than those that were learned."
)
NUMBERS_BEFORE_HEADS = (
    "You take the numbers of all heads apart as if the heads took turns, where each has its own side by side. New "
    "weights could learn either order, but trained ones would be torn to pieces."
)
FIRST_HEAD = (
    "All your heads use what belongs to the first one. Heads are there to find different things, and the weights that "
    "the others have for this would never learn."
)
SAME_WEIGHTS = (
    "Keys and values come from the same weights in your code. By what a token is found and what it then gives are two "
    "different things, and each needs weights of its own to learn it."
)
OTHER_ORDER = (
    "Content and rotary part stand in one order in your queries and in the other in your keys. Their product "
    "multiplies each number of the one with the number at its place in the other, and would mix up the two."
)
ROTARY_LOST = (
    "The rotary part of your queries or of your keys is all zeros, so that it adds nothing to the scores. It is what "
    "tells how far apart two tokens stand, and content alone does not know it."
)
SCALE_TWICE = (
    "You multiply by the scale, and the backend does so once more. The scores come out much too small as a rule, and "
    "the softmax is too flat to pick out the keys that fit."
)
ANOTHER_SCALE = (
    "You put another scale in the place of the one that came with the scores. Whoever called has decided on it; with "
    "yours, the softmax is sharper or flatter than the weights were trained for."
)
HEADS_NOT_IN_FRONT = (
    "The heads do not stand on the second axis when you ask the backend. It takes that axis for the heads and the "
    "next for the tokens, and would compare and hide the wrong things."
)
MIXED = (
    "Your reshape files numbers under other tokens and heads than they belong to: it knows no axes, only their order "
    "in memory. The shapes look right, but a token gets what belongs to others, later ones among them."
)
BACKEND_NOT_ASKED = (
    "You compute attention by a function of your own choice, where the backend should be asked. The setting then has "
    "no effect, and what your function does not know, a soft cap or sinks, is left out without a word."
)
FUTURE_SEEN = (
    "You move the queries so far ahead that every key lies in their past. In training, each token would see the very "
    "one that it should predict, and the model would learn to copy."
)
SCORES_CHANGED = (
    "You take something out of the scores that came with them, the window or the sinks. The heads would look farther "
    "back than their layer may, or give to keys what the sinks should take."
)
AXES_OF_THE_RESULT = (
    "The axes of your result are not in the order that was agreed on: tokens, heads, numbers. Whatever lays the heads "
    "side by side next would mix up tokens, or scatter the numbers of a head."
)

MISTAKES = {
    f"{ATTENTION}.__init__": {
        "parent class not set up": Kind(
            "You create layers before the parent class has set up the module. Torch has no place yet where it could "
            "register them, and stops with an error at the first one.",
            {"super().__init__() forgotten": ("super().__init__()", "pass")},
        ),
        "grouped heads or a gate not refused": Kind(
            "You let a configuration pass that this attention cannot do: fewer key/value heads than query heads, or a "
            "gate. The model would be built and trained as something else than it says, without a word.",
            {
                "grouped heads let through": ("config.n_kv_head != config.n_head or ", ""),
                "a gate let through": (" or config.attention_gate:", ":"),
                "everything let through": (REFUSED, "if False:"),
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
                "the scale of the content only": (SCALE, SCALE.replace("key_dim", "self.head_dim")),
                "the scale of the rotary part only": (SCALE, SCALE.replace("key_dim", "self.rope_head_dim")),
                "the scale of the latent": (SCALE, SCALE.replace("key_dim", "config.latent_rank")),
                "the scale of the value": (SCALE, SCALE.replace("key_dim", "self.value_head_dim")),
            },
        ),
        "scale the root itself": Kind(
            "You multiply the scores by the root of the size instead of dividing by it. They become so large that the "
            "softmax looks at a single key from the start, which leaves hardly any gradient.",
            {"the scale the root itself": (SCALE, SCALE.replace("-0.5", "0.5"))},
        ),
        "a configured scale not taken as it is": Kind(
            "Where the configuration names a scale, you leave it out, or multiply it by the usual one. It takes the "
            "place of the usual one; public weights were trained with exactly that number.",
            {
                "a scale of its own ignored": (SCALE, "self.scale = key_dim**-0.5"),
                "a scale of its own multiplied": (SCALE, "self.scale = key_dim**-0.5 * (config.score_scale or 1.0)"),
            },
        ),
        "another size of the heads' content": Kind(
            "The content of your heads has another size than the configuration says. That is a setting of its own, on "
            "top of which the rotary part comes, and from the two follow the shapes of nearly all projections.",
            {
                "the rotary part inside the head": (
                    KEY_DIM,
                    f"self.head_dim -= self.rope_head_dim // 2\n        {KEY_DIM}",
                ),
                "head_dim not kept": (
                    "self.head_dim, self.rope_head_dim = config.head_dim, config.rope_head_dim",
                    "self.rope_head_dim = config.rope_head_dim\n        self.head_dim = config.n_embd // config.n_head",
                ),
                "the sizes of the two parts swapped": (
                    "self.head_dim, self.rope_head_dim = config.head_dim, config.rope_head_dim",
                    "self.rope_head_dim, self.head_dim = config.head_dim, config.rope_head_dim",
                ),
            },
        ),
        "another size of the values": Kind(
            "The size of your values is not the one that is set, or, where none is set, not that of the keys' "
            "content. Two projections take their shape from it, and public weights would not fit into them.",
            {
                "values always as large as content": (
                    "config.value_head_dim or config.head_dim",
                    "config.head_dim",
                ),
                "the size of a value None": ("config.value_head_dim or config.head_dim", "config.value_head_dim"),
                "values as large as keys": (
                    "config.value_head_dim or config.head_dim",
                    "config.value_head_dim or config.head_dim + config.rope_head_dim",
                ),
            },
        ),
        "rotary key counted into the latent": Kind(
            "Your latent, or its norm, has room for the rotary key as well. The rotary key comes from a layer of its "
            "own and is never normed; it only lies beside the latent in the cache.",
            {
                "latent and rotary key from one projection": (
                    LATENT_PROJ,
                    LATENT_PROJ.replace("config.latent_rank", "config.latent_rank + config.rope_head_dim"),
                ),
                "the latent's norm over latent and rotary key": (
                    LATENT_NORM,
                    LATENT_NORM.replace("config.latent_rank", "config.latent_rank + config.rope_head_dim"),
                ),
            },
        ),
        "bias not as configured": Kind(
            "You decide for yourself whether a projection has a bias, where the configuration is to decide. Weights "
            "that were trained with the setting would find one bias too many, or one too few.",
            {
                "the latent never with a bias": (LATENT_PROJ, LATENT_PROJ.replace("bias=config.bias", "bias=False")),
                "the latent always with a bias": (LATENT_PROJ, LATENT_PROJ.replace(", bias=config.bias", "")),
                "the rotary key never with a bias": (
                    ROTARY_KEY_PROJ,
                    ROTARY_KEY_PROJ.replace("bias=config.bias", "bias=False"),
                ),
                "the queries' latent never with a bias": (
                    QUERY_LATENT_PROJ,
                    QUERY_LATENT_PROJ.replace("bias=config.bias", "bias=False"),
                ),
                "the output never with a bias": (O_PROJ, O_PROJ.replace("bias=config.bias", "bias=False")),
                "the output always with a bias": (O_PROJ, O_PROJ.replace(", bias=config.bias", "")),
            },
        ),
        "a bias where there never is one": Kind(
            "You allow a bias for queries, or for keys or values made from the latent, which never have one. Public "
            "weights hold none there, and the absorbed way, which uses the weights alone, would leave out that of "
            "keys and values.",
            {
                "keys with a bias": (K_FROM_LATENT, K_FROM_LATENT.replace("bias=False", "bias=config.bias")),
                "values with a bias": (V_FROM_LATENT, V_FROM_LATENT.replace("bias=False", "bias=config.bias")),
                "queries with a bias": (Q_PROJ, Q_PROJ.replace("bias=False", "bias=config.bias")),
            },
        ),
        "a rotary key for every head": Kind(
            "You make a rotary key for every head, where all heads share one. In the cache it would take as many "
            "times the memory as there are heads, and to save memory is what latents are for.",
            {
                "a rotary key for every head": (
                    ROTARY_KEY_PROJ,
                    ROTARY_KEY_PROJ.replace("config.rope_head_dim", "config.n_head * config.rope_head_dim"),
                )
            },
        ),
        "rotary key from the latent": Kind(
            "Your layer for the rotary key expects the latent. The rotary key is made from the token itself, beside "
            "the latent, so that the layer would be given vectors of another size.",
            {
                "the rotary key from the latent": (
                    ROTARY_KEY_PROJ,
                    ROTARY_KEY_PROJ.replace("config.n_embd", "config.latent_rank"),
                )
            },
        ),
        "rotary key left out": Kind(
            "You have no layer for the rotary key. It is the part of a key that tells where a token stands, and "
            "without it no head could tell near from far.",
            {"the rotary key forgotten": (ROTARY_KEY_PROJ, "pass")},
        ),
        "a latent without its norm": Kind(
            "You put nothing in the place where a latent has its norm. Its size would be whatever its projection "
            "gives, and what is made of it would grow or shrink unchecked in training.",
            {
                "the latent's norm forgotten": (LATENT_NORM, "self.latent_norm = nn.Identity()"),
                "the queries' norm forgotten": (QUERY_LATENT_NORM, "self.query_latent_norm = nn.Identity()"),
            },
        ),
        "eps of the rest of the model": Kind(
            EPS_OF_THE_REST,
            {
                "the latent's norm with the eps of the rest": (
                    LATENT_NORM,
                    LATENT_NORM.replace("LATENT_EPS", "config.norm_eps"),
                ),
                "the queries' norm with the eps of the rest": (
                    QUERY_LATENT_NORM,
                    QUERY_LATENT_NORM.replace("LATENT_EPS", "config.norm_eps"),
                ),
                "both norms with the eps of the rest": (KEY_DIM, f"{KEY_DIM}\n        LATENT_EPS = config.norm_eps"),
            },
        ),
        "another kind of norm": Kind(
            "You norm the latent with another norm than RMS norm with learned weights. One that also subtracts the "
            "mean, or has no weights, gives another result, and public weights do not fit it.",
            {
                "a layer norm for the latent": (
                    LATENT_NORM,
                    "self.latent_norm = nn.LayerNorm(config.latent_rank, LATENT_EPS)",
                ),
                "the latent's norm without weights": (
                    LATENT_NORM,
                    "self.latent_norm = nn.RMSNorm(config.latent_rank, LATENT_EPS, elementwise_affine=False)",
                ),
            },
        ),
        "one norm for both latents": Kind(
            "The latent of the queries shares the norm of the other latent. The two have different sizes as a rule, "
            "and each has to learn for itself how large its channels are.",
            {"one norm for both latents": (QUERY_LATENT_NORM, "self.query_latent_norm = self.latent_norm")},
        ),
        "rotary part made from the latent": Kind(
            "You make keys from the latent in their full size, the rotary part included. That part turns with the "
            "position and is shared by all heads, so that it has a layer of its own; the latent gives the content.",
            {"keys with the rotary part": (K_FROM_LATENT, K_FROM_LATENT.replace("self.head_dim", "key_dim"))},
        ),
        "made for one head only": Kind(
            "You make for a single head what each head has of its own: the content of keys, or the rotary part of "
            "queries. Only the rotary key is shared; sharing more, the heads could hardly look for different things.",
            {
                "keys of one head": (K_FROM_LATENT, K_FROM_LATENT.replace("config.n_head * ", "")),
                "one rotary part for the queries of all heads": (
                    Q_PROJ,
                    Q_PROJ.replace("config.n_head * key_dim", "config.n_head * self.head_dim + self.rope_head_dim"),
                ),
            },
        ),
        "keys from the token": Kind(
            "Your layer for keys expects a whole token. Keys are made from the latent, because the latent is all that "
            "a cache keeps of the tokens before.",
            {"keys from the token": (K_FROM_LATENT, K_FROM_LATENT.replace("config.latent_rank", "config.n_embd"))},
        ),
        "values sized like the keys' content": Kind(
            "Your layer for values makes as many numbers for a head as the keys' content has. Values have a size of "
            "their own, by which they are split into heads afterwards and which the output layer expects.",
            {
                "values as large as the content of keys": (
                    V_FROM_LATENT,
                    V_FROM_LATENT.replace("self.value_head_dim", "self.head_dim"),
                )
            },
        ),
        "keys and values from the same weights": Kind(
            SAME_WEIGHTS, {"values from the keys' weights": (V_FROM_LATENT, "self.v_from_latent = self.k_from_latent")}
        ),
        "queries' latent not as configured": Kind(
            "Your queries have a latent where none is asked for, none where one is, or one of another rank. It has a "
            "setting of its own, apart from the other latent, and public weights fit only what is set.",
            {
                "a latent for queries always": (
                    "if rank is not None:",
                    "rank = rank or config.latent_rank\n        if True:",
                ),
                "a latent for queries never": (
                    "rank = config.query_latent_rank",
                    "rank = None",
                ),
                "the queries' latent as large as the other": (
                    "rank = config.query_latent_rank",
                    "rank = config.query_latent_rank and config.latent_rank",
                ),
            },
        ),
        "queries not made from their latent": Kind(
            "Your layer for queries expects a whole token, even where queries have a latent of their own. It would be "
            "given the smaller latent, which does not fit.",
            {"queries from the token in spite of their latent": (Q_PROJ, Q_PROJ.replace("rank or ", ""))},
        ),
        "queries without a rotary part": Kind(
            "Your layer for queries makes content only. Nothing in a query would meet the rotary key then, and no "
            "head could tell near from far.",
            {"queries without the rotary part": (Q_PROJ, Q_PROJ.replace("key_dim", "self.head_dim"))},
        ),
        "output made for another size": Kind(
            "Your output layer expects another size than that of all heads' values side by side. Values are what "
            "attention hands on; they may differ in size from keys, and together from the residual stream.",
            {
                "the output from content": (O_PROJ, O_PROJ.replace("self.value_head_dim", "self.head_dim")),
                "the output from whole keys": (O_PROJ, O_PROJ.replace("self.value_head_dim", "key_dim")),
                "the output from the width": (
                    O_PROJ,
                    O_PROJ.replace("config.n_head * self.value_head_dim", "config.n_embd"),
                ),
            },
        ),
        "QK norms left out": Kind(
            "You put nothing in the place of the QK norms, whatever the configuration says. They keep queries and "
            "keys at one size; without them scores can grow in training until it breaks.",
            {"no QK norms": (NORMS, "self.q_norm, self.k_norm = nn.Identity(), nn.Identity()")},
        ),
        "one norm for queries and keys": Kind(
            "Queries and keys share one norm in your code. Each of the two has to learn its own sizes, and public "
            "weights come as two sets.",
            {"one QK norm for both": (NORMS, "self.q_norm = self.k_norm = build_qk_norm(config, config.n_head)")},
        ),
        "keys' norm for one head": Kind(
            "You make the norm of the keys for a single head. A norm over all heads together needs a weight for every "
            "number of all of them, and cannot take what it is given otherwise.",
            {
                "the keys' norm for one head": (
                    NORMS,
                    "self.q_norm, self.k_norm = build_qk_norm(config, config.n_head), build_qk_norm(config, 1)",
                )
            },
        ),
        "absorbing not tied to QK norm": Kind(
            "Your `can_absorb` does not tell whether QK norm is off. Any QK norm, even one without weights, keeps "
            "keys from being linear maps of the latent, so that absorbing gives wrong scores; without one, it saves "
            "work.",
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
            "You drop another share of the numbers than the configuration says, none or half of them. Training would "
            "lack the noise that was asked for, or drown in it.",
            {
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
                    "from .backends import manual_attention\n        self.backend = manual_attention",
                )
            },
        ),
        "another soft cap": Kind(
            "You keep no soft cap, or that of the logits, where the scores of attention have one of their own. Scores "
            "that a model was trained to cap would run free, or be squeezed into another range.",
            {
                "the soft cap forgotten": ("self.softcap = config.attention_softcap", "self.softcap = None"),
                "the soft cap of the logits": (
                    "self.softcap = config.attention_softcap",
                    "self.softcap = config.logit_softcap",
                ),
            },
        ),
        "sinks not as configured": Kind(
            "Your sinks are always there, or never, whatever the configuration says. A sink takes a share of every "
            "softmax, so that weights trained with sinks give something else without, and the other way round.",
            {
                "sinks always": (SINKS, SINKS.removesuffix(" if config.attention_sinks else None")),
                "sinks never": (SINKS, "self.sinks = None"),
            },
        ),
        "sinks that start at one": Kind(
            "Your sinks start at one instead of zero. In a new model they would take a larger share of every softmax "
            "than was meant, and leave less for the keys.",
            {"sinks of one": (SINKS, SINKS.replace("zeros", "ones"))},
        ),
        "one sink for all heads": Kind(
            "All your heads share one sink. Each has to learn for itself how much of its attention no key deserves, "
            "and public weights hold a number for every head.",
            {"one sink for all heads": (SINKS, SINKS.replace("config.n_head", "1"))},
        ),
        "sinks that are not learned": Kind(
            "Your sinks are a plain tensor, which the module does not know as a parameter. They would not be learned, "
            "nor saved with the model, nor moved to its device.",
            {
                "sinks that are not learned": (
                    SINKS,
                    SINKS.replace("nn.Parameter(torch.zeros(config.n_head))", "torch.zeros(config.n_head)"),
                )
            },
        ),
    },
    f"{ATTENTION}.forward": {
        "queries not made from their latent": Kind(
            "Where queries have a latent of their own, you make them from something else: a part of the token, or the "
            "other latent. The two layers that should give their latent are there for nothing, and never learn.",
            {
                "the queries' latent left out": (
                    SOURCE,
                    "source = x if not self.has_query_latent else x[..., : self.q_proj.in_features]",
                ),
                "queries from the other latent": (
                    SOURCE,
                    "source = x\n        if self.has_query_latent:\n"
                    "            low = self.latent_norm(self.latent_proj(x))\n"
                    "            source = nn.functional.pad(low, (0, self.q_proj.in_features - low.size(-1)))",
                ),
            },
        ),
        "a latent not normed": Kind(
            "A latent goes on without having been normed; to norm the token before it is something else. Its size is "
            "then up to the projection, and the weights of its norm never learn.",
            {
                "the queries' norm forgotten": (
                    SOURCE,
                    "source = self.query_latent_proj(x) if self.has_query_latent else x",
                ),
                "the token normed before the queries' latent": (
                    SOURCE,
                    "source = self.query_latent_proj(nn.functional.rms_norm(x, x.shape[-1:])) "
                    "if self.has_query_latent else x",
                ),
                "the latent's norm forgotten": (LATENT, "latent = self.latent_proj(x)"),
                "the token normed, not the latent": (
                    LATENT,
                    "latent = self.latent_proj(nn.functional.rms_norm(x, x.shape[-1:], eps=1e-6))",
                ),
            },
        ),
        "normed without the norm's weights": Kind(
            "You norm a latent, but leave out the weights that its norm has learned. All its channels then keep the "
            "size that the norm gives them, and the weights get no gradient.",
            {
                "the queries' latent normed by the other norm": (
                    SOURCE,
                    "source = x\n        if self.has_query_latent:\n"
                    "            low = self.query_latent_proj(x)\n"
                    "            source = nn.functional.rms_norm(low, low.shape[-1:], eps=1e-6)",
                ),
                "the latent normed without weights": (
                    LATENT,
                    "latent = nn.functional.rms_norm(self.latent_proj(x), (self.latent_proj.out_features,), eps=1e-6)",
                ),
            },
        ),
        "eps of the rest of the model": Kind(
            EPS_OF_THE_REST,
            {
                "the latent normed with the eps of the rest": (
                    LATENT,
                    "latent = nn.functional.rms_norm(\n"
                    "            self.latent_proj(x), (self.latent_proj.out_features,), self.latent_norm.weight, 1e-2)",
                )
            },
        ),
        "normed again": Kind(
            NORMED_AGAIN,
            {"the latent normed twice": (LATENT, "latent = self.latent_norm(self.latent_norm(self.latent_proj(x)))")},
        ),
        "gradient cut": Kind(
            GRADIENT_CUT,
            {"the latent's gradient cut": (LATENT, "latent = self.latent_norm(self.latent_proj(x)).detach()")},
        ),
        "query numbers read in another order": Kind(
            "You read the numbers of the queries in another order than head by head, with the content of each head "
            "before its rotary part. New weights could learn any order, but trained ones would mean something else.",
            {
                "the rotary part first": (
                    SPLIT,
                    "rotary, content = query.split((self.rope_head_dim, self.head_dim), dim=-1)",
                ),
                "all content first, then all rotary parts": (
                    SPLIT,
                    "flat = query.flatten(2).split("
                    "(self.n_head * self.head_dim, self.n_head * self.rope_head_dim), dim=-1)\n"
                    "        content, rotary = (part.unflatten(-1, (self.n_head, -1)) for part in flat)",
                ),
                "heads behind their numbers": (
                    SPLIT,
                    f"query = query.reshape(B, T, -1, self.n_head).transpose(2, 3)\n        {SPLIT}",
                ),
            },
        ),
        "the first head's for all": Kind(
            FIRST_HEAD,
            {
                "the rotary part of the first head for all": (
                    SPLIT,
                    f"{SPLIT}\n        rotary = rotary[:, :, :1].expand_as(rotary)",
                )
            },
        ),
        "rotary part not turned": Kind(
            "You leave the rotary part of queries or of keys as it is, without turning it. Only where both are "
            "turned, each by its own position, does their product tell how far apart two tokens stand.",
            {
                "the queries not turned": (TURNED, "content = self.q_norm(content)"),
                "the rotary key not turned": (ROTARY_KEY, "rotary_key = self.rotary_key_proj(x)"),
            },
        ),
        "content turned": Kind(
            "You turn numbers of the queries that tell of content. The content of keys is never turned, so that what "
            "a token looks for would mean something else at every position.",
            {
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
            },
        ),
        "turned twice": Kind(
            "You turn the rotary part of queries or of keys twice. Only where both are turned once does their product "
            "depend on how far apart two tokens stand, and on nothing else.",
            {
                "the queries turned twice": (
                    TURNED,
                    TURNED.replace("context.rotate(rotary)", "context.rotate(context.rotate(rotary))"),
                ),
                "the rotary key turned again after it was recalled": (
                    RECALL,
                    f"{RECALL}\n        if context.cache is None:\n"
                    "            rotary_key = context.rotate(rotary_key[:, :, None, :]).squeeze(2)",
                ),
            },
        ),
        "rotary part normed": Kind(
            "You norm the rotary part of queries or of keys. The norms are for the latents and, as QK norm, for "
            "content; here a head should be free to make positions count for much or for little.",
            {
                "the rotary part normed": (
                    TURNED,
                    "content, rotary = self.q_norm(content), "
                    "context.rotate(nn.functional.rms_norm(rotary, rotary.shape[-1:]))",
                ),
                "the rotary key normed": (
                    ROTARY_KEY,
                    "rotary_key = nn.functional.rms_norm(self.rotary_key_proj(x), (self.rope_head_dim,))\n"
                    "        rotary_key = context.rotate(rotary_key[:, :, None, :]).squeeze(2)",
                ),
            },
        ),
        "queries' content not normed by its norm": Kind(
            "The content of your queries does not go through its own QK norm, or not by itself: nothing norms it, or "
            "the keys' norm, or one over the whole query. The scores then have another size than the weights were "
            "trained for.",
            {
                "content not normed": (TURNED, "rotary = context.rotate(rotary)"),
                "the whole query normed": (
                    TURNED,
                    "query = nn.functional.rms_norm(query, query.shape[-1:], eps=1e-2)\n"
                    "        content, rotary = query.split((self.head_dim, self.rope_head_dim), dim=-1)\n"
                    "        rotary = context.rotate(rotary)",
                ),
                "content normed by the keys' norm": (TURNED, TURNED.replace("self.q_norm", "self.k_norm")),
            },
        ),
        "the rotary key's axis of heads": Kind(
            "Your rotary key gets its axis for a head in front of the tokens, or keeps it after it was turned. The "
            "rotation knows tokens and heads by the places of their axes, and the cache wants a key without heads.",
            {
                "the rotary key turned as one sequence of heads": (
                    ROTARY_KEY,
                    "rotary_key = context.rotate(self.rotary_key_proj(x)[:, None]).squeeze(1)",
                ),
                "the rotary key left with its axis": (ROTARY_KEY, ROTARY_KEY.removesuffix(".squeeze(2)")),
            },
        ),
        "rotary key turned too late": Kind(
            "You give the rotary key to the cache as it is, and turn what comes back. That is the keys of all "
            "remembered tokens, whereas the angles at hand are those of the new tokens.",
            {
                "the rotary key turned after it was recalled": (
                    f"{ROTARY_KEY}\n        {RECALL}",
                    "key_position, latent, rotary_key = context.recall(latent, self.rotary_key_proj(x))\n"
                    "        rotary_key = context.rotate(rotary_key[:, :, None, :]).squeeze(2)",
                )
            },
        ),
        "only the new tokens seen": Kind(
            "You attend to the tokens at hand alone, whatever the cache remembers. In generation, every new token "
            "would see nothing but itself, and know nothing of the text before.",
            {
                "the cache not asked": (RECALL, "key_position = context.position"),
                "the new latents only": (
                    RECALL,
                    f"new, turned = latent, rotary_key\n        {RECALL}\n"
                    "        latent, rotary_key, key_position = new, turned, context.position",
                ),
            },
        ),
        "cache not asked once for both": Kind(
            "Latent and rotary key do not go into the cache together, in one call. It keeps side by side what belongs "
            "to a token, and takes every call for new tokens; apart, one of the two is lost or in the other's place.",
            {
                "the cache asked for the latent only": (
                    RECALL,
                    "key_position, latent = context.recall(latent)",
                ),
                "the cache asked twice": (
                    RECALL,
                    "key_position, latent = context.recall(latent)[:2]\n"
                    "        rotary_key = context.recall(rotary_key)[1]",
                ),
            },
        ),
        "cached before the norm": Kind(
            "You give the cache latents without their norm, and norm what comes back. The result is the same, but "
            "every step norms all remembered latents again, which would be needed only once.",
            {
                "latents normed after they were recalled": (
                    RECALL,
                    "key_position, latent, rotary_key = context.recall(self.latent_proj(x), rotary_key)\n"
                    "        latent = self.latent_norm(latent)",
                )
            },
        ),
        "another order in the cache": Kind(
            "You give the cache the rotary key first and the latent second. The result is the same, but the order is "
            "agreed on: whoever else reads the cache would take the one for the other.",
            {
                "latent and rotary key swapped in the cache": (
                    RECALL,
                    "key_position, rotary_key, latent = context.recall(rotary_key, latent)",
                )
            },
        ),
        "keys cached instead of latents": Kind(
            "You give the cache the keys of all heads instead of the latent that they are made from. They take many "
            "times its memory, and the latents of earlier tokens, from which the values come, are lost.",
            {
                "keys in the cache, not latents": (
                    RECALL,
                    "key_position, _, rotary_key = context.recall(self.k_from_latent(latent), rotary_key)",
                )
            },
        ),
        "naive where absorbed costs less": Kind(
            "You make keys and values of all remembered tokens where the absorbed way is possible and costs less. The "
            "numbers are right, but reading on with a cache takes more work than it has to.",
            {
                "naive always": (ATTEND, "attend = self.naive"),
                "absorbed for one token only": (
                    ATTEND,
                    "attend = self.absorbed if T == 1 and self.absorbs(T, context) else self.naive",
                ),
                "absorbs asked about what is remembered": (
                    ATTEND,
                    ATTEND.replace("(T, context)", "(latent.size(1), context)"),
                ),
            },
        ),
        "absorbed where naive costs less": Kind(
            "You take the absorbed way even where it costs more, as with many new tokens at once. The numbers are "
            "right, but scores of the size of the latent are dearer then than making keys and values once.",
            {
                "absorbed wherever it is possible": (
                    ATTEND,
                    "attend = self.absorbed if self.can_absorb else self.naive",
                ),
                "absorbed with any cache": (
                    ATTEND,
                    "attend = self.absorbed if context.cache is not None and self.can_absorb else self.naive",
                ),
            },
        ),
        "absorbed in spite of QK norm": Kind(
            "You take the absorbed way even where QK norm is on. Keys that were normed are no linear map of the "
            "latent any more, so that the scores come out wrong.",
            {
                "absorbed always": (ATTEND, "attend = self.absorbed"),
                "the ways swapped": (ATTEND, "attend = self.naive if self.absorbs(T, context) else self.absorbed"),
            },
        ),
        "positions of the new tokens for the keys": Kind(
            "You give the keys the positions of the new tokens. With a cache there are more keys than those, and by "
            "its position attention tells which of them a token may see.",
            {"positions of the new tokens for the keys": (OUT, OUT.replace("key_position))", "context.position))"))},
        ),
        "content and rotary part swapped": Kind(
            "You hand over the rotary part as the content, and the content as the rotary part. Where the two are of "
            "one size nothing fails, but content is then compared with rotary keys.",
            {"content and rotary part swapped": (OUT, OUT.replace("content, rotary,", "rotary, content,"))},
        ),
        "dropout not once at the end": Kind(
            "Dropout does not act once, on what the layer returns: you leave it out, let it act before the output "
            "projection, or let it act twice. Training would get other noise than was asked for.",
            {
                "dropout forgotten": (BACK, "return self.o_proj(out.flatten(2))"),
                "dropout before the projection": (BACK, "return self.o_proj(self.dropout(out.flatten(2)))"),
                "dropout twice": (BACK, "return self.dropout(self.o_proj(self.dropout(out.flatten(2))))"),
            },
        ),
        "heads not side by side": Kind(
            "You lay out the numbers of the heads in turns, the first ones of all heads together, instead of head "
            "behind head. The output projection knows a number by its place, and trained weights would take it for "
            "another.",
            {"heads not laid side by side": (BACK, BACK.replace("out.flatten(2)", "out.transpose(2, 3).flatten(2)"))},
        ),
        "heads and tokens mixed": Kind(
            MIXED,
            {"heads and tokens mixed": (BACK, BACK.replace("out.flatten(2)", "out.transpose(1, 2).reshape(B, T, -1)"))},
        ),
        "not projected": Kind(
            "You leave out the output projection. What the heads have found is of another size than the residual "
            "stream, and has to be put together by weights that learn how.",
            {"not projected": (BACK, "return self.dropout(out.flatten(2))")},
        ),
        "what came in added": Kind(
            "You add what came in to the result. The block around this layer adds it already, so that the residual "
            "stream would be counted twice in every layer.",
            {"what came in added": (BACK, BACK.replace("return ", "return x + "))},
        ),
        "another dtype": Kind(OTHER_DTYPE, {"result in float32": (BACK, f"{BACK}.float()")}),
    },
    f"{ATTENTION}.naive": {
        "keys' content not normed by its norm": Kind(
            "The content of your keys does not go through its own QK norm, or not by itself: nothing norms it, or the "
            "queries' norm, or one over the whole key. The scores would be larger or smaller than those that the "
            "weights were trained for.",
            {
                "the keys' norm forgotten": (
                    KEY,
                    "key = self.k_from_latent(latent).view(B, Tk, self.n_head, self.head_dim)",
                ),
                "whole keys normed": (
                    f"{KEY}\n        {WHOLE_KEY}",
                    "key = self.k_from_latent(latent).view(B, Tk, self.n_head, self.head_dim)\n"
                    f"        {WHOLE_KEY}\n"
                    "        key = nn.functional.rms_norm(key, key.shape[-1:], eps=1e-2)",
                ),
                "the keys normed by the queries' norm": (KEY, KEY.replace("self.k_norm", "self.q_norm")),
            },
        ),
        "normed again": Kind(
            NORMED_AGAIN,
            {
                "the latent normed again": (KEY, KEY.replace("(latent)", "(self.latent_norm(latent))")),
                "the queries normed again": (QUERY, "query = torch.cat((self.q_norm(content), rotary), dim=-1)"),
            },
        ),
        "numbers before their heads": Kind(
            NUMBERS_BEFORE_HEADS,
            {
                "keys' numbers before their heads": (
                    KEY,
                    KEY.replace(
                        "view(B, Tk, self.n_head, self.head_dim)",
                        "view(B, Tk, self.head_dim, self.n_head).transpose(2, 3)",
                    ),
                ),
                "values' numbers before their heads": (
                    VALUE,
                    VALUE.replace(
                        "view(B, Tk, self.n_head, self.value_head_dim)",
                        "view(B, Tk, self.value_head_dim, self.n_head).transpose(2, 3)",
                    ),
                ),
            },
        ),
        "the first head's for all": Kind(
            FIRST_HEAD, {"the first head's keys for all": (KEY, f"{KEY}[:, :, :1].expand(-1, -1, self.n_head, -1)")}
        ),
        "keys and values from the same weights": Kind(
            SAME_WEIGHTS,
            {
                "keys from the values' weights": (
                    KEY,
                    "weight = nn.functional.pad(self.v_from_latent.weight, (0, 0, 0, self.n_head * self.head_dim))\n"
                    "        key = (latent @ weight[: self.n_head * self.head_dim].T)"
                    ".view(B, Tk, self.n_head, self.head_dim)",
                ),
                "values from the keys' weights": (VALUE, "value = key[..., : self.value_head_dim]"),
                "values from the keys": (VALUE, "value = torch.cat((key, key), dim=-1)[..., -self.value_head_dim :]"),
            },
        ),
        "values of the last tokens only": Kind(
            "You keep only as many values as there are queries. With a cache there are more keys than queries, and "
            "every key needs the value of its own token.",
            {"values from the queries' tokens": (VALUE, f"{VALUE}[:, -content.size(1) :]")},
        ),
        "values normed": Kind(
            "You norm the values. QK norm is for queries and keys, whose products it keeps in hand; how large a value "
            "is says how much a token has to give, and would be lost.",
            {"values normed too": (VALUE, f"{VALUE}\n        value = nn.functional.rms_norm(value, value.shape[-1:])")},
        ),
        "gradient cut": Kind(
            GRADIENT_CUT,
            {"the latent's gradient cut on the way to values": (VALUE, VALUE.replace("(latent)", "(latent.detach())"))},
        ),
        "content and rotary part in another order": Kind(
            OTHER_ORDER,
            {
                "the rotary key first": (
                    WHOLE_KEY,
                    WHOLE_KEY.replace(
                        "(key, rotary_key[:, :, None, :].expand(-1, -1, self.n_head, -1))",
                        "(rotary_key[:, :, None, :].expand(-1, -1, self.n_head, -1), key)",
                    ),
                ),
                "the rotary part of the query first": (QUERY, "query = torch.cat((rotary, content), dim=-1)"),
            },
        ),
        "rotary part forgotten": Kind(
            ROTARY_LOST,
            {
                "the rotary key forgotten": (
                    WHOLE_KEY,
                    "key = nn.functional.pad(key, (0, rotary_key.size(-1)))",
                ),
                "the rotary part of the query forgotten": (QUERY, "query = torch.cat((content, 0 * rotary), dim=-1)"),
            },
        ),
        "rotary key added to the content": Kind(
            "You add the rotary key to the content instead of putting it beside. The rotary part of a query then "
            "meets zeros only, and a key no longer tells apart what a token is and where it stands.",
            {
                "the rotary key added to the key": (
                    f"{WHOLE_KEY}\n",
                    "key = key + nn.functional.pad(rotary_key, (0, self.head_dim))[:, :, None, : self.head_dim]\n"
                    "        key = nn.functional.pad(key, (0, rotary_key.size(-1)))\n",
                )
            },
        ),
        "rotary key not whole for every head": Kind(
            "Not every head gets the whole rotary key: it goes to the first head only, or is divided among them. To "
            "share it means that each has all of it; otherwise heads hardly notice positions.",
            {
                "the rotary key for the first head only": (
                    WHOLE_KEY,
                    "first = torch.zeros(self.n_head, 1, dtype=key.dtype)\n"
                    "        first[0] = 1\n"
                    "        key = torch.cat((key, rotary_key[:, :, None, :] * first), dim=-1)",
                ),
                "the rotary key divided among the heads": (
                    WHOLE_KEY,
                    WHOLE_KEY.replace(
                        "expand(-1, -1, self.n_head, -1)", "expand(-1, -1, self.n_head, -1) / self.n_head"
                    ),
                ),
            },
        ),
        "rotary keys of other tokens": Kind(
            "You put beside the content of a token the rotary key of another one, since their order is reversed. "
            "Every token would count as standing where another one stands.",
            {
                "tokens of the rotary key in another order": (
                    WHOLE_KEY,
                    WHOLE_KEY.replace("rotary_key[", "rotary_key.flip(1)["),
                )
            },
        ),
        "heads not in front": Kind(
            HEADS_NOT_IN_FRONT,
            {"heads not in front": (BACKEND, "out = self.backend(query, key, value, scores).transpose(1, 2)")},
        ),
        "heads and tokens mixed": Kind(
            MIXED,
            {
                "heads in front of keys only": (
                    BACKEND,
                    BACKEND.replace("value.transpose(1, 2)", "value.reshape(B, self.n_head, Tk, -1)"),
                ),
                "heads and tokens mixed": (
                    BACKEND,
                    BACKEND.replace("query.transpose(1, 2)", "query.reshape(B, self.n_head, query.size(1), -1)"),
                ),
                "heads and tokens mixed on the way back": (
                    "return out.transpose(1, 2)",
                    "return out.reshape(B, out.size(2), self.n_head, -1)",
                ),
            },
        ),
        "axes of the result in another order": Kind(
            AXES_OF_THE_RESULT, {"heads left in front": ("return out.transpose(1, 2)", "return out")}
        ),
        "keys and values swapped": Kind(
            "You hand over the values as keys and the keys as values. They may be of different sizes, and where they "
            "are not, tokens would be found by what they should give.",
            {
                "keys and values swapped": (
                    BACKEND,
                    BACKEND.replace(
                        "key.transpose(1, 2), value.transpose(1, 2)", "value.transpose(1, 2), key.transpose(1, 2)"
                    ),
                )
            },
        ),
        "the scale twice": Kind(SCALE_TWICE, {"the scale twice": (QUERY, f"{QUERY} * scores.scale")}),
        "another scale than that of the scores": Kind(
            ANOTHER_SCALE,
            {
                "the module's scale for that of the scores": (
                    BACKEND,
                    BACKEND.replace(", scores)", ", scores._replace(scale=self.scale))"),
                )
            },
        ),
        "the backend not asked": Kind(
            BACKEND_NOT_ASKED,
            {
                "the backend not asked": (
                    BACKEND,
                    "fit = torch.einsum('bthd,bshd->bhts', query, key) * scores.scale\n"
                    "        weights = fit.masked_fill(~scores.visible(), float('-inf')).softmax(-1)\n"
                    "        out = torch.einsum('bhts,bshd->bhtd', weights, value)",
                ),
                "torch's attention whatever the backend": (
                    BACKEND,
                    "from .backends import sdpa_attention as attend\n\n"
                    "        out = attend(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), scores)",
                ),
            },
        ),
        "the future seen": Kind(
            FUTURE_SEEN,
            {
                "everything seen": (
                    BACKEND,
                    BACKEND.replace(", scores)", ", scores._replace(query_position=scores.query_position + 99))"),
                )
            },
        ),
        "window or sinks left out": Kind(
            SCORES_CHANGED,
            {
                "the window forgotten": (BACKEND, BACKEND.replace(", scores)", ", scores._replace(window=None))")),
                "sinks forgotten": (BACKEND, BACKEND.replace(", scores)", ", scores._replace(sinks=None))")),
            },
        ),
    },
    f"{ATTENTION}.absorbed": {
        "keys made after all": Kind(
            "You make the keys of all remembered tokens, which this way is there to avoid. The numbers are right, but "
            "every step of generation does that work again for the whole text so far.",
            {
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
            },
        ),
        "copied for every head": Kind(
            "You copy key and value for every head, where one of each serves all. The numbers are right, but the "
            "memory grows with the number of heads, which latents are there to prevent.",
            {
                "the same for all heads, written out": (
                    FOUND,
                    "key, value = (x.repeat(1, self.n_head, 1, 1) for x in (key, value))\n        " + FOUND,
                )
            },
        ),
        "weights the wrong way round": Kind(
            "You read the weights of a layer as if a row belonged to an input. Torch keeps a row for every output, so "
            "that your shape is right and the numbers in it are shuffled.",
            {
                "W_k the wrong way round": (
                    W_K,
                    "W_k = self.k_from_latent.weight.view(-1, self.n_head, self.head_dim).permute(1, 2, 0)",
                )
            },
        ),
        "numbers before their heads": Kind(
            NUMBERS_BEFORE_HEADS,
            {
                "W_k's numbers before its heads": (
                    W_K,
                    "W_k = self.k_from_latent.weight.view(self.head_dim, self.n_head, -1).transpose(0, 1)",
                ),
                "W_v's numbers before its heads": (
                    W_V,
                    "W_v = self.v_from_latent.weight.view(self.value_head_dim, self.n_head, -1).transpose(0, 1)",
                ),
            },
        ),
        "the first head's for all": Kind(
            FIRST_HEAD,
            {
                "W_k of the first head for all": (W_K, f"{W_K}[:1].expand(self.n_head, -1, -1)"),
                "W_v of the first head for all": (W_V, f"{W_V}[:1].expand(self.n_head, -1, -1)"),
            },
        ),
        "keys and values from the same weights": Kind(
            SAME_WEIGHTS,
            {
                "W_k of the values": (
                    W_K,
                    "W_k = self.v_from_latent.weight.view(self.n_head, self.value_head_dim, -1)\n"
                    "        W_k = nn.functional.pad(W_k, (0, 0, 0, self.head_dim))[:, : self.head_dim]",
                ),
                "W_v of the keys": (
                    W_V,
                    "W_v = self.k_from_latent.weight.view(self.n_head, self.head_dim, -1)\n"
                    "        W_v = nn.functional.pad(W_v, (0, 0, 0, self.value_head_dim))[:, : self.value_head_dim]",
                ),
            },
        ),
        "gradient cut": Kind(
            GRADIENT_CUT,
            {
                "W_k not let through to its gradient": (W_K, W_K.replace(".weight.view", ".weight.detach().view")),
                "W_v not let through to its gradient": (W_V, W_V.replace(".weight.view", ".weight.data.view")),
            },
        ),
        "weights of other heads": Kind(
            "Your heads use the weights of other heads, in reverse order. What a head looks for, and what it gives, "
            "fits no weights but its own.",
            {
                "queries of the wrong heads": (
                    ABSORBED_QUERY,
                    ABSORBED_QUERY.replace("content, W_k", "content, W_k.flip(0)"),
                ),
                "values of the wrong heads": (MADE, MADE.replace("found, W_v", "found, W_v.flip(0)")),
            },
        ),
        "summed over the heads": Kind(
            "You sum over all heads where each should go by itself. Every head would look for a mixture of "
            "everything, or give one, and there would be little use in having several.",
            {
                "queries summed over the heads": (
                    ABSORBED_QUERY,
                    ABSORBED_QUERY.replace("bthd,hdr->bthr", "bthd,gdr->bthr"),
                ),
                "values summed over the heads": (MADE, MADE.replace("bhtr,hvr->bthv", "bgtr,hvr->bthv")),
            },
        ),
        "queries not absorbed": Kind(
            "You compare the content of queries with latents although no weights have brought it there. It was made "
            "to fit in size only, by zeros or by a cut, so that the products mean nothing.",
            {
                "queries not absorbed": (
                    ABSORBED_QUERY,
                    "content = nn.functional.pad(content, (0, latent.size(-1)))[..., : latent.size(-1)]\n"
                    "        query = torch.cat((content, rotary), dim=-1)",
                )
            },
        ),
        "content and rotary part in another order": Kind(
            OTHER_ORDER,
            {
                "the rotary part of the query first": (
                    ABSORBED_QUERY,
                    ABSORBED_QUERY.replace(
                        '(torch.einsum("bthd,hdr->bthr", content, W_k), rotary)',
                        '(rotary, torch.einsum("bthd,hdr->bthr", content, W_k))',
                    ),
                ),
                "the rotary key first": (LATENTS, LATENTS.replace("(latent, rotary_key)", "(rotary_key, latent)")),
            },
        ),
        "rotary part forgotten": Kind(
            ROTARY_LOST,
            {
                "the rotary part of the query forgotten": (
                    ABSORBED_QUERY,
                    ABSORBED_QUERY.replace(", rotary)", ", 0 * rotary)"),
                ),
                "the rotary key forgotten": (
                    LATENTS,
                    LATENTS.replace("(latent, rotary_key)", "(latent, 0 * rotary_key)"),
                ),
            },
        ),
        "rotary part absorbed too": Kind(
            "You multiply the rotary part of the queries by something made of the keys' weights. The rotary key does "
            "not come from the latent, so that nothing is to be absorbed there, and positions would count for too "
            "much or too little.",
            {
                "the rotary part absorbed too": (
                    ABSORBED_QUERY,
                    ABSORBED_QUERY.replace(", rotary)", ", rotary * W_k.mean())"),
                )
            },
        ),
        "normed again": Kind(
            NORMED_AGAIN,
            {"the latent normed again": (LATENTS, f"latent = self.latent_norm(latent)\n        {LATENTS}")},
        ),
        "rotary key in the values": Kind(
            "Your values contain the rotary key. It tells where a token stands, for the scores alone; what is found "
            "at the end has to be a mean of latents and nothing else.",
            {
                "values with the rotary key": (
                    LATENTS,
                    "key = torch.cat((latent, rotary_key), dim=-1)[:, None]\n"
                    "        value = key.roll(rotary_key.size(-1), -1)[..., : latent.size(-1)]",
                )
            },
        ),
        "another scale than that of the scores": Kind(
            ANOTHER_SCALE,
            {
                "the scale of the latent": (
                    FOUND,
                    FOUND.replace(", scores)", ", scores._replace(scale=latent.size(-1) ** -0.5))"),
                ),
                "the module's scale for that of the scores": (
                    FOUND,
                    FOUND.replace(", scores)", ", scores._replace(scale=self.scale))"),
                ),
            },
        ),
        "the scale twice": Kind(
            SCALE_TWICE,
            {
                "the scale twice": (FOUND, FOUND.replace("query.transpose", "(query * scores.scale).transpose")),
                "the scale twice, for the content only": (
                    ABSORBED_QUERY,
                    ABSORBED_QUERY.replace("W_k)", "W_k) * scores.scale"),
                ),
                "the module's scale too": (ABSORBED_QUERY, f"{ABSORBED_QUERY} * self.scale"),
                "the module's scale too, for the content only": (
                    ABSORBED_QUERY,
                    ABSORBED_QUERY.replace("W_k)", "W_k) * self.scale"),
                ),
            },
        ),
        "heads not in front": Kind(
            HEADS_NOT_IN_FRONT,
            {"heads not in front": (FOUND, "found = self.decode(query.flatten(1, 2)[:, None], key, value, scores)")},
        ),
        "heads and tokens mixed": Kind(
            MIXED,
            {
                "heads and tokens mixed": (
                    FOUND,
                    FOUND.replace(
                        "query.transpose(1, 2)", "query.reshape(query.size(0), self.n_head, query.size(1), -1)"
                    ),
                )
            },
        ),
        "the backend not asked": Kind(
            BACKEND_NOT_ASKED,
            {
                "the backend not asked": (
                    FOUND,
                    "fit = (query.transpose(1, 2) @ key.mT * scores.scale)"
                    ".masked_fill(~scores.visible(), float('-inf'))\n"
                    "        found = fit.softmax(-1) @ value",
                ),
                "torch's attention whatever the backend": (
                    FOUND,
                    "from .backends import sdpa_attention as attend\n\n"
                    "        found = attend(query.transpose(1, 2), key, value, scores)",
                ),
            },
        ),
        "the future seen": Kind(
            FUTURE_SEEN,
            {
                "everything seen": (
                    FOUND,
                    FOUND.replace(", scores)", ", scores._replace(query_position=scores.query_position + 99))"),
                )
            },
        ),
        "window or sinks left out": Kind(
            SCORES_CHANGED,
            {
                "the window forgotten": (FOUND, FOUND.replace(", scores)", ", scores._replace(window=None))")),
                "sinks forgotten": (FOUND, FOUND.replace(", scores)", ", scores._replace(sinks=None))")),
            },
        ),
        "latents returned for values": Kind(
            "You return means of latents that have not become values yet. Every head has to make its own values of "
            "what it found; otherwise they all speak of the same numbers, in a size that nobody expects.",
            {"what was found not made into values": (MADE, "return found.transpose(1, 2)")},
        ),
        "axes of the result in another order": Kind(
            AXES_OF_THE_RESULT,
            {
                "heads left in front": (MADE, MADE.replace("->bthv", "->bhtv")),
                "numbers before heads": (MADE, MADE.replace("->bthv", "->btvh")),
            },
        ),
        "heads side by side already": Kind(
            "You lay the heads side by side already, and their axis is gone. Both ways to attend have to return the "
            "same shape, since whoever calls does not ask which one was taken.",
            {"heads laid side by side already": (MADE, f"{MADE}.flatten(2)")},
        ),
        "another dtype": Kind(OTHER_DTYPE, {"result in float32": (MADE, f"{MADE}.float()")}),
    },
}
