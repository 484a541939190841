"""Mistakes in blocks.py."""

from . import Kind
from .common import GRADIENT_CUT, IN_PLACE

SUBLAYER_FORGOTTEN = (
    "One of the two sublayers plays no part in your result. Without attention no token learns of the others; without "
    "the MLP nothing is made of what attention found."
)
IN_PARALLEL = (
    "Both sublayers read the stream as it came in, side by side. In this block the MLP comes second, so that it can "
    "work with what attention of the same layer has found."
)
ONE_AFTER_THE_OTHER = (
    "Your MLP waits for attention and reads what it has added. In this block both read the stream as it came in, "
    "which lets their matrix products be done together."
)
MLP_FIRST = (
    "You run the MLP before attention. Attention comes first in a layer: the MLP is to work with what it brought "
    "from other tokens, and trained weights expect this order."
)
NO_RESIDUAL = (
    "You keep only what is computed from the stream, and drop the stream itself, to which it should be added. What "
    "earlier layers wrote is no longer passed on, and the gradient loses its short way back to them."
)
STREAM_TWICE = (
    "You add the stream twice. It doubles with every layer, so that soon nothing that a sublayer adds can be heard "
    "beside it."
)
STREAM_NORMED = (
    "The residual stream itself goes through a norm, where only what a sublayer reads should. It has to carry what "
    "every layer wrote, and the gradient, through the whole model without being resized on the way."
)
NOT_NORMED_FIRST = (
    "A sublayer reads the stream as it is, without the norm that belongs before it. The stream grows from layer to "
    "layer and in training; only a norm lets the sublayer see numbers of a steady size."
)
SUM_NOT_NORMED = (
    "The sum of the stream and what a sublayer adds goes on without its norm. What reads it next, another sublayer "
    "or the head of the model, meets a stream of no settled size, since no norm stands before them here."
)
OUTPUT_NOT_NORMED = (
    "What a sublayer gives is added without the norm that belongs behind it. Nothing limits how much one layer "
    "writes then, and a single loud one can drown the stream."
)
RESIDUAL_INSIDE = (
    "Your norm takes in the stream as well as what the sublayer gives. It should limit only what is added: the "
    "stream itself runs through untouched, and with it the gradient."
)
RESIDUAL_OUTSIDE = (
    "You norm only what the sublayer gives, and the stream is added outside. Here the norm takes in the sum, so that "
    "whatever reads the stream next finds it at a fixed size."
)
PRE_FOR_POST = (
    "You norm what a sublayer reads and leave the sum as it is, which is pre-norm. What leaves the block has no "
    "settled size then, and behind blocks of this kind the model has no final norm to make up for it."
)
PRE_NORM_TOO = (
    "The sublayer reads its input through a norm that belongs behind the sum only. The stream has been normed "
    "already, and the weights of that norm act twice, once where nobody meant them to."
)
NORMS_ON_THE_OUTSIDE = (
    "You norm what the sublayers give, not what they read. They have to work on a stream of any size, and can no "
    "longer say much or little as they see fit."
)
NORMS_SWAPPED = (
    "One sublayer works with the norm that belongs to the other, so that the same norm serves twice. Each has "
    "weights that are learned for its own place; those of the norm that is left out get no gradient at all."
)
SCALE_FORGOTTEN = (
    "What attention adds is not multiplied by its scale, for which a model may ask. In such a model attention would "
    "write at full strength in every layer, the more of it the deeper the model."
)
SCALE_WITHOUT_EFFECT = (
    "What attention adds is not scaled down: the scale is missing, or stands where a norm divides it away again. In "
    "a model that asks for it, attention would write at full strength in every layer."
)
SCALE_ON_STREAM = (
    "You multiply the residual stream itself by the scale, layer after layer. What early layers wrote fades away, "
    "and with it the gradient on its way back to them."
)
MLP_SCALED_TOO = (
    "What the MLP adds is scaled down as well. The scale is for attention alone; with the MLP made smaller too, "
    "every layer changes the stream less than the model was meant to."
)
EMPTY_CONTEXT = (
    "You hand attention a new context that holds the positions and nothing else. The one that you were given also "
    "tells of rotation, biases, windows and the cache, and a layer that misses them attends as if there were none."
)
NORMS_EXCHANGED = (
    "Your two norms have changed places. Norms without weights hide it, but trained weights then act on numbers that "
    "the other norm's were learned for."
)
OVERWRITTEN = (
    "You add to the stream in place, although what read it a moment ago still needs it as it was for the backward "
    "pass. Autograd notices that it has changed, and stops with an error."
)

MISTAKES = {
    "blocks.Block.__init__": {
        "super().__init__() forgotten": Kind(
            "You do not run the setup of the class that yours is built on. Until it has run, torch cannot register "
            "layers, and the first one that you create stops with an error.",
            {"super().__init__() forgotten": ("super().__init__()", "pass")},
        ),
        "part missing": Kind(
            "You never create a part that the block needs: a norm, a sublayer, or the scale of attention. The "
            "forward pass asks for each of them, and stops with an error at the one that is missing.",
            {
                "a norm forgotten": ("self.attn_norm = build_norm(config)", "pass"),
                "attention forgotten": ("self.attn = build_attention(config)", "pass"),
                "mlp forgotten": ("self.mlp = build_feed_forward(config)", "pass"),
                "attn_scale forgotten": (
                    "self.attn_scale = (2 * config.n_layer) ** -0.5 if config.attn_scale else 1.0",
                    "pass",
                ),
            },
        ),
        "part under another name": Kind(
            "You keep a sublayer under another name than the task gives it. The forward pass, the blocks built on "
            "this one and saved models look for it under that name, and do not find it.",
            {
                "attention under another name": (
                    "self.attn = build_attention(config)",
                    "self.attention = build_attention(config)",
                ),
                "mlp under another name": (
                    "self.mlp = build_feed_forward(config)",
                    "self.ffn = build_feed_forward(config)",
                ),
            },
        ),
        "one norm for both": Kind(
            "You make one norm and give it to both sublayers. Each should have weights of its own for what it reads; "
            "a shared norm has to suit both, and saved models have weights that fit nowhere.",
            {"one norm for both": ("self.mlp_norm = build_norm(config)", "self.mlp_norm = self.attn_norm")},
        ),
        "a norm too many": Kind(
            "You create a third norm, with weights, for which nobody asked. Weights that no forward pass uses get no "
            "gradient to learn from, and saved models no longer fit.",
            {
                "a learned norm": (
                    "self.mlp = build_feed_forward(config)",
                    "self.mlp, self.norm = build_feed_forward(config), nn.RMSNorm(config.n_embd)",
                )
            },
        ),
        "kind of layer fixed": Kind(
            "You build one certain kind of norm or sublayer, whatever the configuration asks for. Whoever asks for "
            "another gets this one without a word, and an experiment that compares the two compares a model with "
            "itself.",
            {
                "always layer norm": (
                    "self.attn_norm = build_norm(config)",
                    "self.attn_norm = nn.LayerNorm(config.n_embd)",
                ),
                "always the ordinary attention": (
                    "self.attn = build_attention(config)",
                    "self.attn = CausalSelfAttention(config)",
                ),
                "always the ordinary MLP": (
                    "self.mlp = build_feed_forward(config)",
                    "from .feed_forward import MLP\n\n        self.mlp = MLP(config)",
                ),
            },
        ),
        "kernels passed over": Kind(
            "You look up the kind of attention yourself, by its name alone. Which backend computes it plays no part "
            "then: a model that asks for a flash kernel does not get the layer that is made for one.",
            {
                "kinds of attention by name, and nothing of kernels": (
                    "self.attn = build_attention(config)",
                    "self.attn = ATTENTIONS[config.attention_type](config)",
                )
            },
        ),
        "unknown kinds of attention passed over": Kind(
            "A kind of attention that nobody knows becomes ordinary attention in your code, without an error. A "
            "misspelt setting would then train another model than the one that was meant, and nobody would notice.",
            {
                "an unknown kind of attention passed over": (
                    "self.attn = build_attention(config)",
                    "self.attn = ATTENTIONS.get(config.attention_type, CausalSelfAttention)(config)",
                )
            },
        ),
        "feed-forward for attention": Kind(
            "What you keep as attention is a feed-forward, which works on each token alone. No token could learn of "
            "the others, and the forward pass stops, since it hands over a context as well.",
            {
                "attn and mlp swapped": (
                    "self.attn = build_attention(config)",
                    "self.attn = build_feed_forward(config)",
                )
            },
        ),
        "function kept, not called": Kind(
            "You keep the function that builds a sublayer instead of the sublayer that it builds. There are no "
            "weights to train in it, and the first forward pass stops with an error.",
            {
                "attention not made yet": ("self.attn = build_attention(config)", "self.attn = build_attention"),
                "functions kept, not called": (
                    "self.mlp = build_feed_forward(config)",
                    "self.mlp = build_feed_forward",
                ),
            },
        ),
        "configuration not handed over": Kind(
            "You call the function that builds attention without handing it the configuration. It reads there which "
            "kind to build and how large, so that it can build nothing and stops with an error.",
            {
                "attention without the configuration": (
                    "self.attn = build_attention(config)",
                    "self.attn = build_attention()",
                )
            },
        ),
        "scale deaf to its setting": Kind(
            "Your scale does not do what its setting asks for: it is there where it should be off, or missing where "
            "it should be on. A model trained with one and run with the other hears attention at another strength in "
            "every layer.",
            {
                "attn_scale always on": (" if config.attn_scale else 1.0", ""),
                "attn_scale always off": ("(2 * config.n_layer) ** -0.5 if config.attn_scale else 1.0", "1.0"),
                "attn_scale the wrong way round": ("if config.attn_scale else", "if not config.attn_scale else"),
            },
        ),
        "attention silenced": Kind(
            "Where no scale is asked for, yours wipes out everything that attention found. No token then learns "
            "anything of the others, and attention gets no gradient to learn from.",
            {"attn_scale of zero where it is off": ("else 1.0", "else 0.0")},
        ),
        "setting kept for the scale": Kind(
            "You keep the setting, which is only true or false, where a number is wanted. As numbers these are one "
            "and zero: attention is not scaled where it should be, and silenced where it should be left alone.",
            {
                "attn_scale is only the switch": (
                    "(2 * config.n_layer) ** -0.5 if config.attn_scale else 1.0",
                    "config.attn_scale",
                )
            },
        ),
        "scale from another count": Kind(
            "The count in your scale is not that of the sublayers in the whole model, of which every layer has two. "
            "Only this number tells how many additions the residual stream has to bear.",
            {
                "attn_scale without the two": ("(2 * config.n_layer)", "config.n_layer"),
                "attn_scale by the number of heads": ("config.n_layer", "config.n_head"),
            },
        ),
        "scale without the root": Kind(
            "You divide by the number of sublayers itself. Contributions that are independent of each other add up "
            "only to the root of their number, so that attention would hardly be heard in a deep model.",
            {"attn_scale without the root": ("** -0.5", "** -1")},
        ),
        "scale that enlarges": Kind(
            "Your scale grows with the number of layers. It is there to make what attention adds smaller the deeper "
            "the model is; enlarged instead, attention soon drowns everything else in the stream.",
            {"attn_scale that enlarges": ("** -0.5", "** 0.5")},
        ),
    },
    "blocks.Block.forward": {
        "no residual": Kind(
            NO_RESIDUAL,
            {
                "no residual around attention": ("x = x + self.attn_scale", "x = self.attn_scale"),
                "no residual around the MLP": ("return x + self.mlp(", "return self.mlp("),
                "no residual around either": (
                    "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)",
                    "x = self.attn_scale * self.attn(self.attn_norm(x), context)\n"
                    "        return self.mlp(self.mlp_norm(x))",
                ),
            },
        ),
        "norm forgotten": Kind(
            NOT_NORMED_FIRST,
            {
                "no norm before attention": ("self.attn(self.attn_norm(x), context)", "self.attn(x, context)"),
                "no norm before the MLP": ("self.mlp(self.mlp_norm(x))", "self.mlp(x)"),
                "no norm before either": (
                    "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)",
                    "x = x + self.attn_scale * self.attn(x, context)\n        return x + self.mlp(x)",
                ),
            },
        ),
        "residual stream normed": Kind(
            STREAM_NORMED,
            {
                "residual normalised before attention": (
                    "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)",
                    "x = self.attn_norm(x)\n        x = x + self.attn_scale * self.attn(x, context)",
                ),
                "residual normalised before the MLP": (
                    "return x + self.mlp(self.mlp_norm(x))",
                    "x = self.mlp_norm(x)\n        return x + self.mlp(x)",
                ),
                "one norm more at the end": (
                    "return x + self.mlp(self.mlp_norm(x))",
                    "return self.mlp_norm(x + self.mlp(self.mlp_norm(x)))",
                ),
                "residual normalised before both": (
                    "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)",
                    "x = self.attn_norm(x)\n"
                    "        x = self.mlp_norm(x + self.attn_scale * self.attn(x, context))\n"
                    "        return x + self.mlp(x)",
                ),
            },
        ),
        "post-norm": Kind(
            "You norm the stream itself after every addition, as the first transformers did. In this block it runs "
            "through untouched, which keeps the way free for the gradient and lets training start without a warm-up.",
            {
                "post-norm": (
                    "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)",
                    "x = self.attn_norm(x + self.attn_scale * self.attn(x, context))\n"
                    "        return self.mlp_norm(x + self.mlp(x))",
                )
            },
        ),
        "norm behind a sublayer": Kind(
            "You norm what a sublayer gives instead of what it reads, as OLMo 2 does. It then has to read a stream "
            "that grows from layer to layer, and all that it adds is forced to one size.",
            {
                "output norm of attention only": (
                    "self.attn(self.attn_norm(x), context)",
                    "self.attn_norm(self.attn(x, context))",
                ),
                "output norm, as OLMo 2": (
                    "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)",
                    "x = x + self.attn_scale * self.attn_norm(self.attn(x, context))\n"
                    "        return x + self.mlp_norm(self.mlp(x))",
                ),
                "output norm of the MLP only": ("self.mlp(self.mlp_norm(x))", "self.mlp_norm(self.mlp(x))"),
            },
        ),
        "norm behind a sublayer as well": Kind(
            "You also norm what a sublayer gives, as blocks with norms on both sides do. All that it adds then has "
            "one size, where in this block a sublayer decides itself how much to say.",
            {
                "sandwich norm around the MLP only": (
                    "return x + self.mlp(self.mlp_norm(x))",
                    "return x + self.mlp_norm(self.mlp(self.mlp_norm(x)))",
                ),
                "sandwich norm": (
                    "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)",
                    "x = x + self.attn_scale * self.attn_norm(self.attn(self.attn_norm(x), context))\n"
                    "        return x + self.mlp_norm(self.mlp(self.mlp_norm(x)))",
                ),
                "sandwich norm around attention only": (
                    "self.attn(self.attn_norm(x), context)",
                    "self.attn_norm(self.attn(self.attn_norm(x), context))",
                ),
            },
        ),
        "in parallel": Kind(
            IN_PARALLEL,
            {
                "in parallel": (
                    "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)",
                    "return x + self.attn_scale * self.attn(self.attn_norm(x), context) + self.mlp(self.mlp_norm(x))",
                )
            },
        ),
        "MLP first": Kind(
            MLP_FIRST,
            {
                "MLP first": (
                    "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)",
                    "x = x + self.mlp(self.mlp_norm(x))\n"
                    "        return x + self.attn_scale * self.attn(self.attn_norm(x), context)",
                )
            },
        ),
        "sublayer forgotten": Kind(
            SUBLAYER_FORGOTTEN,
            {
                "MLP forgotten": ("return x + self.mlp(self.mlp_norm(x))", "return x"),
                "attention forgotten": ("x = x + self.attn_scale * self.attn(self.attn_norm(x), context)", "pass"),
            },
        ),
        "attention in the MLP's place": Kind(
            "You run attention a second time where the MLP belongs. The MLP never runs: nothing is made of what was "
            "found, and its weights, often most of the model, get no gradient.",
            {"attention twice": ("self.mlp(self.mlp_norm(x))", "self.attn(self.attn_norm(x), context)")},
        ),
        "stream added twice": Kind(
            STREAM_TWICE,
            {
                "first residual counted twice": ("x = x + self.attn_scale", "x = x + x + self.attn_scale"),
                "both residuals counted twice": (
                    "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)",
                    "x = x + x + self.attn_scale * self.attn(self.attn_norm(x), context)\n"
                    "        return x + x + self.mlp(self.mlp_norm(x))",
                ),
                "second residual counted twice": ("return x + self.mlp(", "return x + x + self.mlp("),
            },
        ),
        "attn_scale forgotten": Kind(SCALE_FORGOTTEN, {"attn_scale forgotten": ("self.attn_scale * ", "")}),
        "MLP scaled too": Kind(
            MLP_SCALED_TOO,
            {
                "attn_scale on the MLP too": ("return x + self.mlp(", "return x + self.attn_scale * self.mlp("),
                "MLP scaled too, by a half": ("return x + self.mlp(", "return x + 0.5 * self.mlp("),
            },
        ),
        "attn_scale on the stream": Kind(
            SCALE_ON_STREAM,
            {
                "attn_scale on the residual": ("x + self.attn_scale * self.attn(", "self.attn_scale * x + self.attn("),
                "attn_scale on the sum": (
                    "x + self.attn_scale * self.attn(self.attn_norm(x), context)",
                    "self.attn_scale * (x + self.attn(self.attn_norm(x), context))",
                ),
                "attn_scale on both sums": (
                    "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)",
                    "x = self.attn_scale * (x + self.attn(self.attn_norm(x), context))\n"
                    "        return self.attn_scale * (x + self.mlp(self.mlp_norm(x)))",
                ),
            },
        ),
        "attn_scale on what attention reads": Kind(
            "You scale what attention reads, not what it adds. Where queries and keys are not normed, they get "
            "smaller as well and the scores nearly all alike; biases are not scaled at all.",
            {
                "attn_scale on what attention reads": (
                    "self.attn_scale * self.attn(self.attn_norm(x), context)",
                    "self.attn(self.attn_scale * self.attn_norm(x), context)",
                )
            },
        ),
        "divided by attn_scale": Kind(
            "You divide by the scale, which makes what attention adds larger. It is there to keep the sum over many "
            "layers from growing; the other way round, attention drowns all the rest in a deep model.",
            {
                "divided by attn_scale": (
                    "self.attn_scale * self.attn(self.attn_norm(x), context)",
                    "self.attn(self.attn_norm(x), context) / self.attn_scale",
                )
            },
        ),
        "norms swapped": Kind(
            NORMS_SWAPPED,
            {
                "the norms swapped, first": ("self.attn(self.attn_norm(x)", "self.attn(self.mlp_norm(x)"),
                "the norms swapped, then": ("self.mlp(self.mlp_norm(x))", "self.mlp(self.attn_norm(x))"),
            },
        ),
        "changed in place": Kind(
            IN_PLACE,
            {
                "stream changed in place": ("x = x + self.attn_scale", "x += self.attn_scale"),
                "stream changed in place, twice": (
                    "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)",
                    "x += self.attn_scale * self.attn(self.attn_norm(x), context)\n"
                    "        x += self.mlp(self.mlp_norm(x))\n"
                    "        return x",
                ),
            },
        ),
        "gradient cut": Kind(
            GRADIENT_CUT,
            {
                "gradient cut at attention": ("self.attn(self.attn_norm(x)", "self.attn(self.attn_norm(x.detach())"),
                "gradient cut at the residual": ("x = x + self.attn_scale", "x = x.detach() + self.attn_scale"),
            },
        ),
        "context not handed on": Kind(
            "You call attention without the context that was handed to you. It cannot know where its tokens stand or "
            "what came before them, and stops with an error.",
            {"context not handed on": (", context)\n", ")\n")},
        ),
        "empty context": Kind(
            EMPTY_CONTEXT,
            {
                "an empty context handed on": (
                    "self.attn_norm(x), context)",
                    "self.attn_norm(x), Context(context.position))",
                )
            },
        ),
        "norms exchanged": Kind(
            NORMS_EXCHANGED,
            {
                "the norms swapped, both": (
                    "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)",
                    "x = x + self.attn_scale * self.attn(self.mlp_norm(x), context)\n"
                    "        return x + self.mlp(self.attn_norm(x))",
                )
            },
        ),
        "overwritten too early": Kind(
            OVERWRITTEN,
            {
                "second sum in place": (
                    "return x + self.mlp(self.mlp_norm(x))",
                    "x += self.mlp(self.mlp_norm(x))\n        return x",
                )
            },
        ),
    },
    "blocks.PostNormBlock.forward": {
        "residual outside the norm": Kind(
            RESIDUAL_OUTSIDE,
            {
                "residual left out of the first norm": (
                    "self.attn_norm(x + self.attn_scale * self.attn(x, context))",
                    "x + self.attn_norm(self.attn_scale * self.attn(x, context))",
                ),
                "residual left out of the second norm": (
                    "self.mlp_norm(x + self.mlp(x))",
                    "x + self.mlp_norm(self.mlp(x))",
                ),
                "output norm, as OLMo 2": (
                    "x = self.attn_norm(x + self.attn_scale * self.attn(x, context))",
                    "x = x + self.attn_scale * self.attn_norm(self.attn(x, context))\n"
                    "        return x + self.mlp_norm(self.mlp(x))",
                ),
            },
        ),
        "pre-norm": Kind(
            PRE_FOR_POST,
            {
                "pre-norm": (
                    "x = self.attn_norm(x + self.attn_scale * self.attn(x, context))",
                    "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)\n"
                    "        return x + self.mlp(self.mlp_norm(x))",
                ),
                "only the MLP reads normed": (
                    "return self.mlp_norm(x + self.mlp(x))",
                    "return x + self.mlp(self.mlp_norm(x))",
                ),
            },
        ),
        "pre-norm as well": Kind(
            PRE_NORM_TOO,
            {
                "pre-norm as well, before attention": (
                    "self.attn(x, context)",
                    "self.attn(self.attn_norm(x), context)",
                ),
                "pre-norm as well, before the MLP": ("self.mlp(x)", "self.mlp(self.mlp_norm(x))"),
                "pre-norm as well, before both": (
                    "x = self.attn_norm(x + self.attn_scale * self.attn(x, context))",
                    "x = self.attn_norm(x + self.attn_scale * self.attn(self.attn_norm(x), context))\n"
                    "        return self.mlp_norm(x + self.mlp(self.mlp_norm(x)))",
                ),
            },
        ),
        "norm forgotten": Kind(
            SUM_NOT_NORMED,
            {
                "first norm forgotten": (
                    "self.attn_norm(x + self.attn_scale * self.attn(x, context))",
                    "x + self.attn_scale * self.attn(x, context)",
                ),
                "second norm forgotten": ("return self.mlp_norm(x + self.mlp(x))", "return x + self.mlp(x)"),
                "both norms forgotten": (
                    "x = self.attn_norm(x + self.attn_scale * self.attn(x, context))",
                    "x = x + self.attn_scale * self.attn(x, context)\n        return x + self.mlp(x)",
                ),
            },
        ),
        "norms swapped": Kind(
            NORMS_SWAPPED,
            {
                "the norms swapped, first": ("x = self.attn_norm(", "x = self.mlp_norm("),
                "the norms swapped, then": ("return self.mlp_norm(", "return self.attn_norm("),
            },
        ),
        "no residual": Kind(
            NO_RESIDUAL,
            {
                "no residual around attention": ("x + self.attn_scale", "self.attn_scale"),
                "no residual around the MLP": ("x + self.mlp(x)", "self.mlp(x)"),
                "no residual around either": (
                    "x = self.attn_norm(x + self.attn_scale * self.attn(x, context))",
                    "x = self.attn_norm(self.attn_scale * self.attn(x, context))\n"
                    "        return self.mlp_norm(self.mlp(x))",
                ),
            },
        ),
        "residual from before the norm": Kind(
            "Your MLP reads the normed stream, but what it gives is added to the stream from before that norm. The "
            "norm is there to settle how much the stream weighs beside what the MLP adds.",
            {
                "second residual from before the norm": (
                    "x = self.attn_norm(x + self.attn_scale * self.attn(x, context))",
                    "x = x + self.attn_scale * self.attn(x, context)\n"
                    "        return self.mlp_norm(x + self.mlp(self.attn_norm(x)))",
                )
            },
        ),
        "attn_scale without effect": Kind(
            SCALE_WITHOUT_EFFECT,
            {
                "attn_scale forgotten": ("self.attn_scale * ", ""),
                "attn_scale on the sum": (
                    "self.attn_norm(x + self.attn_scale * self.attn(x, context))",
                    "self.attn_norm(self.attn_scale * (x + self.attn(x, context)))",
                ),
            },
        ),
        "MLP scaled too": Kind(
            MLP_SCALED_TOO, {"attn_scale on the MLP too": ("x + self.mlp(x)", "x + self.attn_scale * self.mlp(x)")}
        ),
        "attn_scale outside the norm": Kind(
            "You scale what comes out of the norm, the stream together with what attention added. The stream gets "
            "smaller for the MLP, while attention's share in it stays as large as without the scale.",
            {
                "attn_scale outside the norm": (
                    "self.attn_norm(x + self.attn_scale * self.attn(x, context))",
                    "self.attn_scale * self.attn_norm(x + self.attn(x, context))",
                )
            },
        ),
        "attn_scale on the stream": Kind(
            SCALE_ON_STREAM,
            {"attn_scale on the residual": ("x + self.attn_scale * self.attn(", "self.attn_scale * x + self.attn(")},
        ),
        "empty context": Kind(
            EMPTY_CONTEXT,
            {"an empty context handed on": ("self.attn(x, context)", "self.attn(x, Context(context.position))")},
        ),
        "gradient cut": Kind(
            GRADIENT_CUT, {"gradient cut at the residual": ("x + self.mlp(x)", "x.detach() + self.mlp(x)")}
        ),
        "norms exchanged": Kind(
            NORMS_EXCHANGED,
            {
                "the norms swapped, both": (
                    "x = self.attn_norm(x + self.attn_scale * self.attn(x, context))",
                    "x = self.mlp_norm(x + self.attn_scale * self.attn(x, context))\n"
                    "        return self.attn_norm(x + self.mlp(x))",
                )
            },
        ),
        "in parallel": Kind(
            IN_PARALLEL,
            {
                "in parallel": (
                    "x = self.attn_norm(x + self.attn_scale * self.attn(x, context))",
                    "found = self.attn_norm(x + self.attn_scale * self.attn(x, context))\n"
                    "        return self.mlp_norm(found + self.mlp(x))",
                )
            },
        ),
        "MLP first": Kind(
            MLP_FIRST,
            {
                "MLP first": (
                    "x = self.attn_norm(x + self.attn_scale * self.attn(x, context))",
                    "x = self.mlp_norm(x + self.mlp(x))\n"
                    "        return self.attn_norm(x + self.attn_scale * self.attn(x, context))",
                )
            },
        ),
        "changed in place": Kind(
            IN_PLACE,
            {
                "stream changed in place": (
                    "x = self.attn_norm(x + self.attn_scale * self.attn(x, context))",
                    "x += self.attn_scale * self.attn(x, context)\n"
                    "        x = self.attn_norm(x)\n"
                    "        return self.mlp_norm(x + self.mlp(x))",
                ),
                "stream changed in place, twice": (
                    "x = self.attn_norm(x + self.attn_scale * self.attn(x, context))",
                    "x += self.attn_scale * self.attn(x, context)\n"
                    "        x = self.attn_norm(x)\n"
                    "        x += self.mlp(x)\n"
                    "        return self.mlp_norm(x)",
                ),
            },
        ),
        "overwritten too early": Kind(
            OVERWRITTEN,
            {
                "second sum in place": (
                    "return self.mlp_norm(x + self.mlp(x))",
                    "x += self.mlp(x)\n        return self.mlp_norm(x)",
                )
            },
        ),
    },
    "blocks.NoNormBlock.forward": {
        "no residual": Kind(
            NO_RESIDUAL,
            {
                "no residual around attention": ("x = x + self.attn_scale", "x = self.attn_scale"),
                "no residual around the MLP": ("return x + self.mlp(x)", "return self.mlp(x)"),
                "no residual around either": (
                    "x = x + self.attn_scale * self.attn(x, context)",
                    "x = self.attn_scale * self.attn(x, context)\n        return self.mlp(x)",
                ),
            },
        ),
        "in parallel": Kind(
            IN_PARALLEL,
            {
                "in parallel": (
                    "x = x + self.attn_scale * self.attn(x, context)",
                    "return x + self.attn_scale * self.attn(x, context) + self.mlp(x)",
                )
            },
        ),
        "MLP first": Kind(
            MLP_FIRST,
            {
                "MLP first": (
                    "x = x + self.attn_scale * self.attn(x, context)",
                    "x = x + self.mlp(x)\n        return x + self.attn_scale * self.attn(x, context)",
                )
            },
        ),
        "sublayer forgotten": Kind(
            SUBLAYER_FORGOTTEN,
            {
                "MLP forgotten": ("return x + self.mlp(x)", "return x"),
                "attention forgotten": ("x = x + self.attn_scale * self.attn(x, context)", "pass"),
            },
        ),
        "a norm after all": Kind(
            "You norm what attention reads, even if without weights. This block is the control of every experiment "
            "with norms, and with a norm inside it can no longer show what happens without one.",
            {
                "a norm without weights after all": (
                    "self.attn(x, context)",
                    "self.attn(nn.functional.rms_norm(x, x.shape[-1:]), context)",
                ),
                "norms without weights after all": (
                    "x = x + self.attn_scale * self.attn(x, context)",
                    "x = x + self.attn_scale * self.attn(nn.functional.rms_norm(x, x.shape[-1:]), context)\n"
                    "        return x + self.mlp(nn.functional.rms_norm(x, x.shape[-1:]))",
                ),
            },
        ),
        "a norm that does not exist": Kind(
            "You call a norm of the ordinary block, which this block never made. It stands for models without norms, "
            "so that there is none to call, and the forward pass stops with an error.",
            {"norms as in Block": ("self.attn(x, context)", "self.attn(self.attn_norm(x), context)")},
        ),
        "attention kept out of the stream": Kind(
            "Your MLP reads what attention found, but its result is added to the stream as it was before attention. "
            "Later layers learn of other tokens only as far as the MLP tells them.",
            {
                "second residual from the start": (
                    "x = x + self.attn_scale * self.attn(x, context)",
                    "return x + self.mlp(x + self.attn_scale * self.attn(x, context))",
                )
            },
        ),
        "attn_scale forgotten": Kind(SCALE_FORGOTTEN, {"attn_scale forgotten": ("self.attn_scale * ", "")}),
        "MLP scaled too": Kind(
            MLP_SCALED_TOO, {"attn_scale on the MLP too": ("x + self.mlp(x)", "x + self.attn_scale * self.mlp(x)")}
        ),
        "attn_scale on the stream": Kind(
            SCALE_ON_STREAM,
            {
                "attn_scale on the residual": ("x + self.attn_scale * self.attn(", "self.attn_scale * x + self.attn("),
                "attn_scale on the sum": (
                    "x + self.attn_scale * self.attn(x, context)",
                    "self.attn_scale * (x + self.attn(x, context))",
                ),
            },
        ),
        "changed in place": Kind(
            IN_PLACE,
            {
                "stream changed in place": ("x = x + self.attn_scale", "x += self.attn_scale"),
                "stream changed in place, twice": (
                    "x = x + self.attn_scale * self.attn(x, context)",
                    "x += self.attn_scale * self.attn(x, context)\n        x += self.mlp(x)\n        return x",
                ),
            },
        ),
        "empty context": Kind(
            EMPTY_CONTEXT,
            {"an empty context handed on": ("self.attn(x, context)", "self.attn(x, Context(context.position))")},
        ),
        "stream added twice": Kind(
            STREAM_TWICE,
            {
                "both residuals counted twice": (
                    "x = x + self.attn_scale * self.attn(x, context)",
                    "x = x + x + self.attn_scale * self.attn(x, context)\n        return x + x + self.mlp(x)",
                ),
                "first residual counted twice": ("x = x + self.attn_scale", "x = x + x + self.attn_scale"),
                "second residual counted twice": ("return x + self.mlp(", "return x + x + self.mlp("),
            },
        ),
        "overwritten too early": Kind(
            OVERWRITTEN, {"second sum in place": ("return x + self.mlp(x)", "x += self.mlp(x)\n        return x")}
        ),
    },
    "blocks.SandwichNormBlock.forward": {
        "inner norm forgotten": Kind(
            NOT_NORMED_FIRST,
            {
                "inner norm of attention forgotten": ("self.attn(self.attn_norm(x), context)", "self.attn(x, context)"),
                "inner norm of the MLP forgotten": ("self.mlp(self.mlp_norm(x))", "self.mlp(x)"),
                "both inner norms forgotten": (
                    "x = x + self.attn_scale * self.attn_out_norm(self.attn(self.attn_norm(x), context))",
                    "x = x + self.attn_scale * self.attn_out_norm(self.attn(x, context))\n"
                    "        return x + self.mlp_out_norm(self.mlp(x))",
                ),
            },
        ),
        "outer norm forgotten": Kind(
            OUTPUT_NOT_NORMED,
            {
                "outer norm of attention forgotten": (
                    "self.attn_out_norm(self.attn(self.attn_norm(x), context))",
                    "self.attn(self.attn_norm(x), context)",
                ),
                "outer norm of the MLP forgotten": (
                    "self.mlp_out_norm(self.mlp(self.mlp_norm(x)))",
                    "self.mlp(self.mlp_norm(x))",
                ),
                "both outer norms forgotten": (
                    "x = x + self.attn_scale * self.attn_out_norm(self.attn(self.attn_norm(x), context))",
                    "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)\n"
                    "        return x + self.mlp(self.mlp_norm(x))",
                ),
            },
        ),
        "inner and outer norm swapped": Kind(
            "The inner and the outer norm of a sublayer have changed places. Norms without weights hide it, but "
            "trained weights then act on numbers that the other norm's were learned for.",
            {
                "inner and outer norm of attention swapped": (
                    "self.attn_out_norm(self.attn(self.attn_norm(x), context))",
                    "self.attn_norm(self.attn(self.attn_out_norm(x), context))",
                ),
                "inner and outer norm of the MLP swapped": (
                    "self.mlp_out_norm(self.mlp(self.mlp_norm(x)))",
                    "self.mlp_norm(self.mlp(self.mlp_out_norm(x)))",
                ),
                "inner and outer norms of both swapped": (
                    "x = x + self.attn_scale * self.attn_out_norm(self.attn(self.attn_norm(x), context))",
                    "x = x + self.attn_scale * self.attn_norm(self.attn(self.attn_out_norm(x), context))\n"
                    "        return x + self.mlp_norm(self.mlp(self.mlp_out_norm(x)))",
                ),
            },
        ),
        "one norm in two places": Kind(
            "One of your norms serves in two places, and the one that belongs there serves in none. The four norms "
            "have weights of their own, and those of the unused one get no gradient.",
            {
                "the outer norms swapped": ("self.attn_out_norm(", "self.mlp_out_norm("),
                "the inner norm used outside too": ("self.mlp_out_norm(", "self.mlp_norm("),
                "the inner norms used outside too": (
                    "x = x + self.attn_scale * self.attn_out_norm(self.attn(self.attn_norm(x), context))",
                    "x = x + self.attn_scale * self.attn_norm(self.attn(self.attn_norm(x), context))\n"
                    "        return x + self.mlp_norm(self.mlp(self.mlp_norm(x)))",
                ),
            },
        ),
        "attn_scale without effect": Kind(
            SCALE_WITHOUT_EFFECT,
            {
                "attn_scale inside the outer norm": (
                    "self.attn_scale * self.attn_out_norm(self.attn(self.attn_norm(x), context))",
                    "self.attn_out_norm(self.attn_scale * self.attn(self.attn_norm(x), context))",
                ),
                "attn_scale forgotten": ("self.attn_scale * ", ""),
            },
        ),
        "MLP scaled too": Kind(
            MLP_SCALED_TOO,
            {
                "attn_scale on the MLP too": (
                    "return x + self.mlp_out_norm(",
                    "return x + self.attn_scale * self.mlp_out_norm(",
                )
            },
        ),
        "residual inside the norm": Kind(
            RESIDUAL_INSIDE,
            {
                "residual inside the outer norm": (
                    "x + self.mlp_out_norm(self.mlp(self.mlp_norm(x)))",
                    "self.mlp_out_norm(x + self.mlp(self.mlp_norm(x)))",
                ),
                "residual inside both outer norms": (
                    "x = x + self.attn_scale * self.attn_out_norm(self.attn(self.attn_norm(x), context))",
                    "x = self.attn_out_norm(x + self.attn_scale * self.attn(self.attn_norm(x), context))\n"
                    "        return self.mlp_out_norm(x + self.mlp(self.mlp_norm(x)))",
                ),
                "residual inside the outer norm of attention": (
                    "x + self.attn_scale * self.attn_out_norm(self.attn(self.attn_norm(x), context))",
                    "self.attn_out_norm(x + self.attn_scale * self.attn(self.attn_norm(x), context))",
                ),
            },
        ),
        "residual taken from the inner norm": Kind(
            "You add to the normed stream, the one that a sublayer reads, instead of the stream itself. What earlier "
            "layers wrote is resized in every layer, and the gradient has no untouched way back to them.",
            {
                "residual taken from the inner norm": (
                    "return x + self.mlp_out_norm(",
                    "return self.mlp_norm(x) + self.mlp_out_norm(",
                ),
                "both residuals taken from the inner norms": (
                    "x = x + self.attn_scale * self.attn_out_norm(self.attn(self.attn_norm(x), context))",
                    "x = self.attn_norm(x)\n"
                    "        x = x + self.attn_scale * self.attn_out_norm(self.attn(x, context))\n"
                    "        x = self.mlp_norm(x)\n"
                    "        return x + self.mlp_out_norm(self.mlp(x))",
                ),
                "residual taken from the inner norm of attention": (
                    "x = x + self.attn_scale",
                    "x = self.attn_norm(x) + self.attn_scale",
                ),
            },
        ),
        "no residual": Kind(
            NO_RESIDUAL,
            {
                "no residual around attention": ("x = x + self.attn_scale", "x = self.attn_scale"),
                "no residual around the MLP": ("return x + self.mlp_out_norm(", "return self.mlp_out_norm("),
                "no residual around either": (
                    "x = x + self.attn_scale * self.attn_out_norm(self.attn(self.attn_norm(x), context))",
                    "x = self.attn_scale * self.attn_out_norm(self.attn(self.attn_norm(x), context))\n"
                    "        return self.mlp_out_norm(self.mlp(self.mlp_norm(x)))",
                ),
            },
        ),
        "in parallel": Kind(
            IN_PARALLEL,
            {
                "in parallel": (
                    "x = x + self.attn_scale * self.attn_out_norm(self.attn(self.attn_norm(x), context))",
                    "return x + self.attn_scale * self.attn_out_norm(self.attn(self.attn_norm(x), context)) + "
                    "self.mlp_out_norm(self.mlp(self.mlp_norm(x)))",
                )
            },
        ),
        "empty context": Kind(
            EMPTY_CONTEXT,
            {
                "an empty context handed on": (
                    "self.attn_norm(x), context)",
                    "self.attn_norm(x), Context(context.position))",
                )
            },
        ),
        "norms of attention and MLP exchanged": Kind(
            "Norms of attention and of the MLP have changed places in your code. Norms without weights hide it, but "
            "trained weights then act on numbers that the other sublayer's were learned for.",
            {
                "the outer norms exchanged": (
                    "x = x + self.attn_scale * self.attn_out_norm(self.attn(self.attn_norm(x), context))",
                    "x = x + self.attn_scale * self.mlp_out_norm(self.attn(self.attn_norm(x), context))\n"
                    "        return x + self.attn_out_norm(self.mlp(self.mlp_norm(x)))",
                ),
                "the inner norms exchanged": (
                    "x = x + self.attn_scale * self.attn_out_norm(self.attn(self.attn_norm(x), context))",
                    "x = x + self.attn_scale * self.attn_out_norm(self.attn(self.mlp_norm(x), context))\n"
                    "        return x + self.mlp_out_norm(self.mlp(self.attn_norm(x)))",
                ),
                "all four norms exchanged": (
                    "x = x + self.attn_scale * self.attn_out_norm(self.attn(self.attn_norm(x), context))",
                    "x = x + self.attn_scale * self.mlp_out_norm(self.attn(self.mlp_norm(x), context))\n"
                    "        return x + self.attn_out_norm(self.mlp(self.attn_norm(x)))",
                ),
            },
        ),
        "MLP first": Kind(
            MLP_FIRST,
            {
                "MLP first": (
                    "x = x + self.attn_scale * self.attn_out_norm(self.attn(self.attn_norm(x), context))",
                    "x = x + self.mlp_out_norm(self.mlp(self.mlp_norm(x)))\n"
                    "        return x + self.attn_scale * self.attn_out_norm(self.attn(self.attn_norm(x), "
                    "context))",
                )
            },
        ),
        "changed in place": Kind(
            IN_PLACE,
            {
                "stream changed in place": (
                    "x = x + self.attn_scale * self.attn_out_norm(self.attn(self.attn_norm(x), context))",
                    "x += self.attn_scale * self.attn_out_norm(self.attn(self.attn_norm(x), context))\n"
                    "        return x + self.mlp_out_norm(self.mlp(self.mlp_norm(x)))",
                ),
                "stream changed in place, twice": (
                    "x = x + self.attn_scale * self.attn_out_norm(self.attn(self.attn_norm(x), context))",
                    "x += self.attn_scale * self.attn_out_norm(self.attn(self.attn_norm(x), context))\n"
                    "        x += self.mlp_out_norm(self.mlp(self.mlp_norm(x)))\n"
                    "        return x",
                ),
            },
        ),
        "overwritten too early": Kind(
            OVERWRITTEN,
            {
                "second sum in place": (
                    "return x + self.mlp_out_norm(self.mlp(self.mlp_norm(x)))",
                    "x += self.mlp_out_norm(self.mlp(self.mlp_norm(x)))\n        return x",
                )
            },
        ),
    },
    "blocks.OutputNormBlock.forward": {
        "pre-norm": Kind(
            "You norm what a sublayer reads, where this block norms what it gives. Only a norm behind the sublayer "
            "limits how much it adds, so that the stream grows slowly and evenly.",
            {
                "pre-norm": (
                    "x = x + self.attn_scale * self.attn_norm(self.attn(x, context))",
                    "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)\n"
                    "        return x + self.mlp(self.mlp_norm(x))",
                ),
                "pre-norm before attention only": (
                    "self.attn_norm(self.attn(x, context))",
                    "self.attn(self.attn_norm(x), context)",
                ),
                "pre-norm before the MLP only": ("self.mlp_norm(self.mlp(x))", "self.mlp(self.mlp_norm(x))"),
            },
        ),
        "residual inside the norm": Kind(
            RESIDUAL_INSIDE,
            {
                "post-norm": (
                    "x = x + self.attn_scale * self.attn_norm(self.attn(x, context))",
                    "x = self.attn_norm(x + self.attn_scale * self.attn(x, context))\n"
                    "        return self.mlp_norm(x + self.mlp(x))",
                ),
                "residual inside the norm": ("x + self.mlp_norm(self.mlp(x))", "self.mlp_norm(x + self.mlp(x))"),
                "residual inside the norm of attention": (
                    "x + self.attn_scale * self.attn_norm(self.attn(x, context))",
                    "self.attn_norm(x + self.attn_scale * self.attn(x, context))",
                ),
            },
        ),
        "sandwich norm": Kind(
            "You norm what a sublayer reads as well as what it gives. This block lets it read the stream as it is, and "
            "one norm has only one set of weights, which cannot suit both sides.",
            {
                "sandwich norm": ("self.mlp_norm(self.mlp(x))", "self.mlp_norm(self.mlp(self.mlp_norm(x)))"),
                "sandwich norm around both": (
                    "x = x + self.attn_scale * self.attn_norm(self.attn(x, context))",
                    "x = x + self.attn_scale * self.attn_norm(self.attn(self.attn_norm(x), context))\n"
                    "        return x + self.mlp_norm(self.mlp(self.mlp_norm(x)))",
                ),
                "sandwich norm around attention": ("self.attn(x, context)", "self.attn(self.attn_norm(x), context)"),
            },
        ),
        "norm forgotten": Kind(
            OUTPUT_NOT_NORMED,
            {
                "norm of attention forgotten": ("self.attn_norm(self.attn(x, context))", "self.attn(x, context)"),
                "norm of the MLP forgotten": ("self.mlp_norm(self.mlp(x))", "self.mlp(x)"),
                "both norms forgotten": (
                    "x = x + self.attn_scale * self.attn_norm(self.attn(x, context))",
                    "x = x + self.attn_scale * self.attn(x, context)\n        return x + self.mlp(x)",
                ),
            },
        ),
        "norms swapped": Kind(
            NORMS_SWAPPED,
            {
                "the norms swapped, first": ("self.attn_norm(", "self.mlp_norm("),
                "the norms swapped, then": ("self.mlp_norm(", "self.attn_norm("),
            },
        ),
        "attn_scale without effect": Kind(
            SCALE_WITHOUT_EFFECT,
            {
                "attn_scale inside the norm": (
                    "self.attn_scale * self.attn_norm(self.attn(x, context))",
                    "self.attn_norm(self.attn_scale * self.attn(x, context))",
                ),
                "attn_scale forgotten": ("self.attn_scale * ", ""),
            },
        ),
        "MLP scaled too": Kind(
            MLP_SCALED_TOO,
            {
                "attn_scale on the MLP too": (
                    "return x + self.mlp_norm(",
                    "return x + self.attn_scale * self.mlp_norm(",
                )
            },
        ),
        "no residual": Kind(
            NO_RESIDUAL,
            {
                "no residual around attention": ("x = x + self.attn_scale", "x = self.attn_scale"),
                "no residual around the MLP": ("return x + self.mlp_norm(", "return self.mlp_norm("),
                "no residual around either": (
                    "x = x + self.attn_scale * self.attn_norm(self.attn(x, context))",
                    "x = self.attn_scale * self.attn_norm(self.attn(x, context))\n"
                    "        return self.mlp_norm(self.mlp(x))",
                ),
            },
        ),
        "empty context": Kind(
            EMPTY_CONTEXT,
            {"an empty context handed on": ("self.attn(x, context)", "self.attn(x, Context(context.position))")},
        ),
        "norms exchanged": Kind(
            NORMS_EXCHANGED,
            {
                "the norms swapped, both": (
                    "x = x + self.attn_scale * self.attn_norm(self.attn(x, context))",
                    "x = x + self.attn_scale * self.mlp_norm(self.attn(x, context))\n"
                    "        return x + self.attn_norm(self.mlp(x))",
                )
            },
        ),
        "residual stream normed": Kind(
            "You norm the stream itself, and add to the normed one. What earlier layers wrote is resized in every "
            "layer, where in this block only what a sublayer gives should go through a norm.",
            {
                "residual normalised before both": (
                    "x = x + self.attn_scale * self.attn_norm(self.attn(x, context))",
                    "x = self.attn_norm(x)\n"
                    "        x = self.mlp_norm(x + self.attn_scale * self.attn(x, context))\n"
                    "        return x + self.mlp(x)",
                ),
                "residual normalised before attention": (
                    "x = x + self.attn_scale * self.attn_norm(self.attn(x, context))",
                    "x = self.attn_norm(x)\n"
                    "        x = x + self.attn_scale * self.attn(x, context)\n"
                    "        return x + self.mlp_norm(self.mlp(x))",
                ),
                "residual normalised before the MLP": (
                    "return x + self.mlp_norm(self.mlp(x))",
                    "x = self.mlp_norm(x)\n        return x + self.mlp(x)",
                ),
            },
        ),
        "in parallel": Kind(
            IN_PARALLEL,
            {
                "in parallel": (
                    "x = x + self.attn_scale * self.attn_norm(self.attn(x, context))",
                    "return x + self.attn_scale * self.attn_norm(self.attn(x, context)) + self.mlp_norm(self.mlp(x))",
                )
            },
        ),
        "MLP first": Kind(
            MLP_FIRST,
            {
                "MLP first": (
                    "x = x + self.attn_scale * self.attn_norm(self.attn(x, context))",
                    "x = x + self.mlp_norm(self.mlp(x))\n"
                    "        return x + self.attn_scale * self.attn_norm(self.attn(x, context))",
                )
            },
        ),
        "changed in place": Kind(
            IN_PLACE,
            {
                "stream changed in place": (
                    "x = x + self.attn_scale * self.attn_norm(self.attn(x, context))",
                    "x += self.attn_scale * self.attn_norm(self.attn(x, context))\n"
                    "        return x + self.mlp_norm(self.mlp(x))",
                ),
                "stream changed in place, twice": (
                    "x = x + self.attn_scale * self.attn_norm(self.attn(x, context))",
                    "x += self.attn_scale * self.attn_norm(self.attn(x, context))\n"
                    "        x += self.mlp_norm(self.mlp(x))\n"
                    "        return x",
                ),
            },
        ),
        "overwritten too early": Kind(
            OVERWRITTEN,
            {
                "second sum in place": (
                    "return x + self.mlp_norm(self.mlp(x))",
                    "x += self.mlp_norm(self.mlp(x))\n        return x",
                )
            },
        ),
    },
    "blocks.ParallelBlock.forward": {
        "one after the other": Kind(
            ONE_AFTER_THE_OTHER,
            {
                "one after the other": (
                    "return x + self.attn_scale * self.attn(normed, context) + self.mlp(normed)",
                    "x = x + self.attn_scale * self.attn(normed, context)\n        return x + self.mlp(self.norm(x))",
                )
            },
        ),
        "MLP reads attention's result alone": Kind(
            "Your MLP reads what attention gives and nothing else. It should read the same normed stream as "
            "attention does: what the token itself and earlier layers have to say reaches it otherwise only by way "
            "of attention.",
            {
                "MLP reads what attention gives": (
                    "return x + self.attn_scale * self.attn(normed, context) + self.mlp(normed)",
                    "attended = self.attn_scale * self.attn(normed, context)\n"
                    "        return x + attended + self.mlp(attended)",
                )
            },
        ),
        "norm forgotten": Kind(
            NOT_NORMED_FIRST,
            {
                "MLP reads the stream unnormed": ("self.mlp(normed)", "self.mlp(x)"),
                "attention reads the stream unnormed": ("self.attn(normed, context)", "self.attn(x, context)"),
                "norm forgotten": ("normed = self.norm(x)", "normed = x"),
            },
        ),
        "residual stream normed": Kind(
            STREAM_NORMED, {"stream normed too": ("normed = self.norm(x)", "x = normed = self.norm(x)")}
        ),
        "norm applied twice": Kind(
            "Your MLP reads a stream that went through the norm twice. The norm's weights act on it twice as well, "
            "so that attention and MLP no longer read the same numbers.",
            {"norm applied twice": ("self.mlp(normed)", "self.mlp(self.norm(normed))")},
        ),
        "norm on the outside": Kind(
            NORMS_ON_THE_OUTSIDE,
            {
                "norm on the outside": (
                    "return x + self.attn_scale * self.attn(normed, context) + self.mlp(normed)",
                    "return x + self.norm(self.attn_scale * self.attn(x, context) + self.mlp(x))",
                ),
                "norm on the outside of each": (
                    "return x + self.attn_scale * self.attn(normed, context) + self.mlp(normed)",
                    "return x + self.attn_scale * self.norm(self.attn(x, context)) + self.norm(self.mlp(x))",
                ),
            },
        ),
        "stream added twice": Kind(
            STREAM_TWICE,
            {
                "residual counted twice": (
                    "return x + self.attn_scale * self.attn(normed, context) + self.mlp(normed)",
                    "return (x + self.attn_scale * self.attn(normed, context)) + (x + self.mlp(normed))",
                )
            },
        ),
        "no residual": Kind(NO_RESIDUAL, {"no residual": ("return x + self.attn_scale", "return self.attn_scale")}),
        "sublayer forgotten": Kind(
            SUBLAYER_FORGOTTEN,
            {
                "MLP forgotten": (" + self.mlp(normed)", ""),
                "attention forgotten": (" + self.attn_scale * self.attn(normed, context)", ""),
            },
        ),
        "attn_scale forgotten": Kind(SCALE_FORGOTTEN, {"attn_scale forgotten": ("self.attn_scale * ", "")}),
        "MLP scaled too": Kind(
            MLP_SCALED_TOO,
            {
                "attn_scale on both": (
                    "self.attn_scale * self.attn(normed, context) + self.mlp(normed)",
                    "self.attn_scale * (self.attn(normed, context) + self.mlp(normed))",
                )
            },
        ),
        "mean of both sublayers": Kind(
            "You take the average of what the two sublayers give instead of adding them up. Each says only half as "
            "much then, and trained weights give other results than in the model that they come from.",
            {
                "the mean of both": (
                    "self.attn_scale * self.attn(normed, context) + self.mlp(normed)",
                    "(self.attn_scale * self.attn(normed, context) + self.mlp(normed)) / 2",
                )
            },
        ),
        "gradient cut": Kind(GRADIENT_CUT, {"gradient cut at the norm": ("self.norm(x)", "self.norm(x.detach())")}),
        "empty context": Kind(
            EMPTY_CONTEXT,
            {
                "an empty context handed on": (
                    "self.attn(normed, context)",
                    "self.attn(normed, Context(context.position))",
                )
            },
        ),
        "changed in place": Kind(
            IN_PLACE,
            {
                "stream changed in place": (
                    "return x + self.attn_scale * self.attn(normed, context) + self.mlp(normed)",
                    "x += self.attn_scale * self.attn(normed, context)\n        return x + self.mlp(normed)",
                ),
                "stream changed in place, twice": (
                    "return x + self.attn_scale * self.attn(normed, context) + self.mlp(normed)",
                    "x += self.attn_scale * self.attn(normed, context)\n"
                    "        x += self.mlp(normed)\n"
                    "        return x",
                ),
            },
        ),
        "post-norm": Kind(
            "You norm the sum, the stream along with what both sublayers add. In this block they read through the "
            "norm, and the stream itself runs through untouched, which keeps the way free for the gradient.",
            {
                "norm on the sum": (
                    "return x + self.attn_scale * self.attn(normed, context) + self.mlp(normed)",
                    "return self.norm(x + self.attn_scale * self.attn(x, context) + self.mlp(x))",
                ),
                "norm on the sum as well": (
                    "return x + self.attn_scale * self.attn(normed, context) + self.mlp(normed)",
                    "return self.norm(x + self.attn_scale * self.attn(normed, context) + self.mlp(normed))",
                ),
            },
        ),
        "attn_scale on the stream": Kind(
            SCALE_ON_STREAM,
            {
                "attn_scale on the residual": ("x + self.attn_scale * self.attn(", "self.attn_scale * x + self.attn("),
                "attn_scale on the sum": (
                    "return x + self.attn_scale * self.attn(normed, context) + self.mlp(normed)",
                    "return self.attn_scale * (x + self.attn(normed, context) + self.mlp(normed))",
                ),
            },
        ),
    },
    "blocks.ParallelTwoNormsBlock.forward": {
        "one after the other": Kind(
            ONE_AFTER_THE_OTHER,
            {
                "one after the other": (
                    "return x + self.attn_scale * self.attn(self.attn_norm(x), context) + self.mlp(self.mlp_norm(x))",
                    "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)\n"
                    "        return x + self.mlp(self.mlp_norm(x))",
                )
            },
        ),
        "one norm for both": Kind(
            "Both of your sublayers read through the same norm, and the other norm is never used. Two norms are what "
            "sets this block apart: each sublayer can weigh the channels in its own way.",
            {"one norm for both": ("self.mlp(self.mlp_norm(x))", "self.mlp(self.attn_norm(x))")},
        ),
        "norms swapped": Kind(
            "Each of your sublayers reads through the norm of the other. Norms without weights hide it, but with "
            "trained weights each sublayer gets the channels weighed in the way that suits the other.",
            {
                "the norms swapped": (
                    "self.attn(self.attn_norm(x), context) + self.mlp(self.mlp_norm(x))",
                    "self.attn(self.mlp_norm(x), context) + self.mlp(self.attn_norm(x))",
                )
            },
        ),
        "one norm after the other": Kind(
            "Your MLP reads through both norms, one after the other. Its norm should start from the stream: "
            "otherwise the weights of attention's norm shape what the MLP reads as well.",
            {"one norm after the other": ("self.mlp_norm(x)", "self.mlp_norm(self.attn_norm(x))")},
        ),
        "norm forgotten": Kind(
            NOT_NORMED_FIRST,
            {
                "MLP reads the stream unnormed": ("self.mlp(self.mlp_norm(x))", "self.mlp(x)"),
                "attention reads the stream unnormed": (
                    "self.attn(self.attn_norm(x), context)",
                    "self.attn(x, context)",
                ),
                "both read the stream unnormed": (
                    "self.attn(self.attn_norm(x), context) + self.mlp(self.mlp_norm(x))",
                    "self.attn(x, context) + self.mlp(x)",
                ),
            },
        ),
        "norms on the outside": Kind(
            NORMS_ON_THE_OUTSIDE,
            {
                "norms on the outside": (
                    "self.attn(self.attn_norm(x), context) + self.mlp(self.mlp_norm(x))",
                    "self.attn_norm(self.attn(x, context)) + self.mlp_norm(self.mlp(x))",
                )
            },
        ),
        "stream added twice": Kind(STREAM_TWICE, {"residual counted twice": ("+ self.mlp(", "+ x + self.mlp(")}),
        "no residual": Kind(NO_RESIDUAL, {"no residual": ("return x + self.attn_scale", "return self.attn_scale")}),
        "sublayer forgotten": Kind(
            SUBLAYER_FORGOTTEN,
            {
                "MLP forgotten": (" + self.mlp(self.mlp_norm(x))", ""),
                "attention forgotten": (" + self.attn_scale * self.attn(self.attn_norm(x), context)", ""),
            },
        ),
        "attn_scale forgotten": Kind(SCALE_FORGOTTEN, {"attn_scale forgotten": ("self.attn_scale * ", "")}),
        "MLP scaled too": Kind(
            MLP_SCALED_TOO,
            {
                "attn_scale on both": (
                    "self.attn_scale * self.attn(self.attn_norm(x), context) + self.mlp(self.mlp_norm(x))",
                    "self.attn_scale * (self.attn(self.attn_norm(x), context) + self.mlp(self.mlp_norm(x)))",
                )
            },
        ),
        "empty context": Kind(
            EMPTY_CONTEXT,
            {
                "an empty context handed on": (
                    "self.attn_norm(x), context)",
                    "self.attn_norm(x), Context(context.position))",
                )
            },
        ),
        "changed in place": Kind(
            IN_PLACE,
            {
                "stream changed in place": (
                    "return x + self.attn_scale * self.attn(self.attn_norm(x), context) + self.mlp(self.mlp_norm(x))",
                    "attended = self.attn_scale * self.attn(self.attn_norm(x), context)\n"
                    "        thought = self.mlp(self.mlp_norm(x))\n"
                    "        x += attended\n"
                    "        return x + thought",
                ),
                "stream changed in place, twice": (
                    "return x + self.attn_scale * self.attn(self.attn_norm(x), context) + self.mlp(self.mlp_norm(x))",
                    "attended = self.attn_scale * self.attn(self.attn_norm(x), context)\n"
                    "        thought = self.mlp(self.mlp_norm(x))\n"
                    "        x += attended\n"
                    "        x += thought\n"
                    "        return x",
                ),
            },
        ),
        "residual stream normed": Kind(
            STREAM_NORMED,
            {
                "attention's norm on the stream": (
                    "return x + self.attn_scale",
                    "return self.attn_norm(x) + self.attn_scale",
                ),
                "the MLP's norm on the stream": (
                    "return x + self.attn_scale",
                    "return self.mlp_norm(x) + self.attn_scale",
                ),
            },
        ),
        "attn_scale on the stream": Kind(
            SCALE_ON_STREAM,
            {
                "attn_scale on the residual": ("x + self.attn_scale * self.attn(", "self.attn_scale * x + self.attn("),
                "attn_scale on the sum": (
                    "return x + self.attn_scale * self.attn(self.attn_norm(x), context) + self.mlp(self.mlp_norm(x))",
                    "return self.attn_scale * (x + self.attn(self.attn_norm(x), context) + self.mlp(self.mlp_norm(x)))",
                ),
            },
        ),
    },
    "blocks.DeepNormBlock.__init__": {
        "what Block creates left out": Kind(
            "You set up an empty module and leave out all that Block creates. The sublayers, their norms and the "
            "scale of attention are missing, and the first forward pass stops with an error.",
            {"super().__init__() forgotten": ("super().__init__(config)", "nn.Module.__init__(self)")},
        ),
        "configuration not handed on": Kind(
            "You do not hand the configuration on to the class that this one is built on. It reads there which "
            "sublayers and norms to create and how large, and stops with an error without it.",
            {"super().__init__() without the configuration": ("super().__init__(config)", "super().__init__()")},
        ),
        "alpha forgotten": Kind(
            "You never keep alpha, what the residual stream weighs. The forward pass asks for it at both of its "
            "additions, and stops with an error at the first.",
            {"alpha forgotten": ("self.alpha = (2 * config.n_layer) ** 0.25", "pass")},
        ),
        "alpha below one": Kind(
            "Your alpha is below one and falls with depth. It would shrink the stream where it should make it "
            "outweigh what is added, and the more so the deeper the model.",
            {"the reciprocal": ("** 0.25", "** -0.25")},
        ),
        "beta instead": Kind(
            "You keep DeepNorm's other number, by which the first weights are scaled down. alpha is its counterpart "
            "and has to do the opposite: make the stream weigh more than what is added to it.",
            {"beta instead": ("(2 * config.n_layer) ** 0.25", "(8 * config.n_layer) ** -0.25")},
        ),
        "alpha grows too fast": Kind(
            "Your alpha grows faster with depth than it should, since you take another root of the count, or none. "
            "In a very deep model the stream then weighs so much that no layer can change it.",
            {
                "the square root": ("** 0.25", "** 0.5"),
                "a quarter, not the fourth root": ("(2 * config.n_layer) ** 0.25", "(2 * config.n_layer) * 0.25"),
            },
        ),
        "alpha from another count": Kind(
            "The count in your alpha is not that of the sublayers in the whole model, of which every layer has two. "
            "The weight of the stream then fits a model of another depth than yours.",
            {
                "8L": ("(2 * config.n_layer)", "(8 * config.n_layer)"),
                "only L": ("(2 * config.n_layer)", "config.n_layer"),
                "by the number of heads": ("config.n_layer", "config.n_head"),
            },
        ),
        "alpha of an encoder": Kind(
            "You take the number that the paper has for the encoder of a model with a decoder behind it. A GPT is a "
            "decoder alone, for which the paper has another one.",
            {
                "that of the encoder with a decoder": (
                    "(2 * config.n_layer) ** 0.25",
                    "0.81 * config.n_layer ** (5 / 16)",
                )
            },
        ),
        "a learned alpha": Kind(
            "You make alpha a weight that is learned. The depth fixes it once and for all: as a weight it would move "
            "in training, away from where it keeps a deep model stable, and stand in every saved model.",
            {
                "a learned alpha": (
                    "self.alpha = (2 * config.n_layer) ** 0.25",
                    "from torch import tensor\n"
                    "\n"
                    "        self.alpha = nn.Parameter(tensor((2 * config.n_layer) ** 0.25))",
                )
            },
        ),
        "attn_scale overwritten": Kind(
            "You set the scale of attention to alpha as well, over what Block has kept there. What attention adds "
            "then weighs as much as the stream, which alpha should make the heavier one.",
            {"attn_scale overwritten": ("self.alpha = ", "self.alpha = self.attn_scale = ")},
        ),
        "one norm for both": Kind(
            "You make one norm and give it to both sublayers. Each should have weights of its own for what it "
            "norms; a shared norm has to suit both, and saved models have weights that fit nowhere.",
            {
                "one norm for both": (
                    "super().__init__(config)",
                    "super().__init__(config)\n        self.mlp_norm = self.attn_norm",
                )
            },
        ),
    },
    "blocks.DeepNormBlock.forward": {
        "alpha against the stream": Kind(
            "Your alpha makes what a sublayer adds stronger, or the stream weaker, which comes to the same behind "
            "the norm. It should do the opposite: the deeper the model, the less one layer may change the stream.",
            {
                "alpha on what is added": ("self.alpha * x + self.mlp(x)", "x + self.alpha * self.mlp(x)"),
                "alpha on what attention adds": (
                    "self.alpha * x + self.attn_scale * self.attn(x, context)",
                    "x + self.alpha * self.attn_scale * self.attn(x, context)",
                ),
                "divided by alpha": ("self.alpha * x + self.mlp(x)", "x / self.alpha + self.mlp(x)"),
                "alpha on what both add": (
                    "x = self.attn_norm(self.alpha * x + self.attn_scale * self.attn(x, context))",
                    "x = self.attn_norm(x + self.alpha * self.attn_scale * self.attn(x, context))\n"
                    "        return self.mlp_norm(x + self.alpha * self.mlp(x))",
                ),
                "divided by alpha, both": (
                    "x = self.attn_norm(self.alpha * x + self.attn_scale * self.attn(x, context))",
                    "x = self.attn_norm(x / self.alpha + self.attn_scale * self.attn(x, context))\n"
                    "        return self.mlp_norm(x / self.alpha + self.mlp(x))",
                ),
            },
        ),
        "alpha without effect": Kind(
            "At one or both of the additions alpha is missing, or multiplies the whole sum, where the norm divides it "
            "away again. The stream then weighs no more than what one layer adds, and very deep models become "
            "unstable.",
            {
                "alpha forgotten, first": ("self.alpha * x + self.attn_scale", "x + self.attn_scale"),
                "alpha forgotten, then": ("self.alpha * x + self.mlp(x)", "x + self.mlp(x)"),
                "alpha on the sum": ("self.alpha * x + self.mlp(x)", "self.alpha * (x + self.mlp(x))"),
                "alpha forgotten, both": (
                    "x = self.attn_norm(self.alpha * x + self.attn_scale * self.attn(x, context))",
                    "x = self.attn_norm(x + self.attn_scale * self.attn(x, context))\n"
                    "        return self.mlp_norm(x + self.mlp(x))",
                ),
                "alpha on both sums": (
                    "x = self.attn_norm(self.alpha * x + self.attn_scale * self.attn(x, context))",
                    "x = self.attn_norm(self.alpha * (x + self.attn_scale * self.attn(x, context)))\n"
                    "        return self.mlp_norm(self.alpha * (x + self.mlp(x)))",
                ),
            },
        ),
        "alpha on what a sublayer reads": Kind(
            "A sublayer reads the stream multiplied by alpha. alpha is meant for the addition only: what a sublayer "
            "reads should keep the size that the norm before it gave the stream.",
            {
                "the sublayer reads the larger stream too": (
                    "self.alpha * x + self.mlp(x)",
                    "self.alpha * x + self.mlp(self.alpha * x)",
                ),
                "attention reads the larger stream too": (
                    "self.alpha * x + self.attn_scale * self.attn(x, context)",
                    "self.alpha * x + self.attn_scale * self.attn(self.alpha * x, context)",
                ),
                "both read the larger stream": (
                    "x = self.attn_norm(self.alpha * x + self.attn_scale * self.attn(x, context))",
                    "x = self.alpha * x\n"
                    "        x = self.alpha * self.attn_norm(x + self.attn_scale * self.attn(x, context))\n"
                    "        return self.mlp_norm(x + self.mlp(x))",
                ),
            },
        ),
        "residual outside the norm": Kind(
            RESIDUAL_OUTSIDE,
            {
                "residual outside the norm": (
                    "self.mlp_norm(self.alpha * x + self.mlp(x))",
                    "self.alpha * x + self.mlp_norm(self.mlp(x))",
                ),
                "residual outside both norms": (
                    "x = self.attn_norm(self.alpha * x + self.attn_scale * self.attn(x, context))",
                    "x = self.alpha * x + self.attn_scale * self.attn_norm(self.attn(x, context))\n"
                    "        return self.alpha * x + self.mlp_norm(self.mlp(x))",
                ),
            },
        ),
        "pre-norm": Kind(
            PRE_FOR_POST,
            {
                "pre-norm": (
                    "x = self.attn_norm(self.alpha * x + self.attn_scale * self.attn(x, context))",
                    "x = self.alpha * x + self.attn_scale * self.attn(self.attn_norm(x), context)\n"
                    "        return self.alpha * x + self.mlp(self.mlp_norm(x))",
                )
            },
        ),
        "pre-norm as well": Kind(
            PRE_NORM_TOO,
            {
                "pre-norm as well": ("self.mlp(x)", "self.mlp(self.mlp_norm(x))"),
                "pre-norm as well, before both": (
                    "x = self.attn_norm(self.alpha * x + self.attn_scale * self.attn(x, context))",
                    "x = self.attn_norm(self.alpha * x + self.attn_scale * self.attn(self.attn_norm(x), "
                    "context))\n"
                    "        return self.mlp_norm(self.alpha * x + self.mlp(self.mlp_norm(x)))",
                ),
            },
        ),
        "norm forgotten": Kind(
            SUM_NOT_NORMED,
            {
                "first norm forgotten": (
                    "self.attn_norm(self.alpha * x + self.attn_scale * self.attn(x, context))",
                    "self.alpha * x + self.attn_scale * self.attn(x, context)",
                ),
                "second norm forgotten": (
                    "self.mlp_norm(self.alpha * x + self.mlp(x))",
                    "self.alpha * x + self.mlp(x)",
                ),
                "both norms forgotten": (
                    "x = self.attn_norm(self.alpha * x + self.attn_scale * self.attn(x, context))",
                    "x = self.alpha * x + self.attn_scale * self.attn(x, context)\n"
                    "        return self.alpha * x + self.mlp(x)",
                ),
            },
        ),
        "norms swapped": Kind(
            NORMS_SWAPPED,
            {
                "the norms swapped, first": ("self.attn_norm(", "self.mlp_norm("),
                "the norms swapped, then": ("self.mlp_norm(", "self.attn_norm("),
            },
        ),
        "attn_scale without effect": Kind(
            SCALE_WITHOUT_EFFECT,
            {
                "attn_scale forgotten": ("self.attn_scale * ", ""),
                "attn_scale on the sum": (
                    "self.attn_norm(self.alpha * x + self.attn_scale * self.attn(x, context))",
                    "self.attn_norm(self.attn_scale * (self.alpha * x + self.attn(x, context)))",
                ),
            },
        ),
        "MLP scaled too": Kind(
            MLP_SCALED_TOO, {"attn_scale on the MLP too": ("+ self.mlp(x)", "+ self.attn_scale * self.mlp(x)")}
        ),
        "attn_scale in alpha's place": Kind(
            "You multiply the stream by the scale of attention where alpha belongs. Stream and attention are then "
            "resized alike, so that behind the norm neither alpha nor the scale has any effect.",
            {
                "attn_scale instead of alpha": (
                    "self.alpha * x + self.attn_scale",
                    "self.attn_scale * x + self.attn_scale",
                )
            },
        ),
        "empty context": Kind(
            EMPTY_CONTEXT,
            {"an empty context handed on": ("self.attn(x, context)", "self.attn(x, Context(context.position))")},
        ),
        "norms exchanged": Kind(
            NORMS_EXCHANGED,
            {
                "the norms swapped, both": (
                    "x = self.attn_norm(self.alpha * x + self.attn_scale * self.attn(x, context))",
                    "x = self.mlp_norm(self.alpha * x + self.attn_scale * self.attn(x, context))\n"
                    "        return self.attn_norm(self.alpha * x + self.mlp(x))",
                )
            },
        ),
        "no residual": Kind(
            NO_RESIDUAL,
            {
                "no residual around either": (
                    "x = self.attn_norm(self.alpha * x + self.attn_scale * self.attn(x, context))",
                    "x = self.attn_norm(self.attn_scale * self.attn(x, context))\n"
                    "        return self.mlp_norm(self.mlp(x))",
                ),
                "no residual around attention": ("self.alpha * x + self.attn_scale", "self.attn_scale"),
                "no residual around the MLP": ("self.alpha * x + self.mlp(x)", "self.mlp(x)"),
            },
        ),
        "in parallel": Kind(
            IN_PARALLEL,
            {
                "in parallel": (
                    "x = self.attn_norm(self.alpha * x + self.attn_scale * self.attn(x, context))",
                    "found = self.attn_norm(self.alpha * x + self.attn_scale * self.attn(x, context))\n"
                    "        return self.mlp_norm(self.alpha * found + self.mlp(x))",
                )
            },
        ),
        "MLP first": Kind(
            MLP_FIRST,
            {
                "MLP first": (
                    "x = self.attn_norm(self.alpha * x + self.attn_scale * self.attn(x, context))",
                    "x = self.mlp_norm(self.alpha * x + self.mlp(x))\n"
                    "        return self.attn_norm(self.alpha * x + self.attn_scale * self.attn(x, context))",
                )
            },
        ),
        "changed in place": Kind(
            IN_PLACE,
            {
                "stream made larger in place": (
                    "x = self.attn_norm(self.alpha * x + self.attn_scale * self.attn(x, context))",
                    "found = self.attn_scale * self.attn(x, context)\n"
                    "        x *= self.alpha\n"
                    "        x = self.attn_norm(x + found)\n"
                    "        return self.mlp_norm(self.alpha * x + self.mlp(x))",
                )
            },
        ),
    },
}
