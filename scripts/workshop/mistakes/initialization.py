"""Mistakes in initialization.py."""

from . import Kind

BIAS_NOT_ZERO = (
    "The biases of the linear layers do not begin at zero: you leave them as they were, or give them other numbers. A "
    "bias is a shift that all tokens share, and before any training there is nothing that it could mean."
)
NORMS_SET = (
    "You overwrite numbers in the norms, which are to keep those that they were made with. Not every kind of norm "
    "begins with the same numbers, and what suits one can make another begin at twice its size."
)
WEIGHTS_REPLACED = (
    "You put new parameters in the place of the old ones, instead of changing the numbers in them. An optimizer that "
    "holds the old ones would train weights that the model no longer uses, and a tied head would be tied no more."
)
MISTAKES = {
    "initialization.init_gpt2": {
        "output projections not smaller": Kind(
            "Your output projections are as wide as everything else: one spread serves for all, or the names that you "
            "compare never match, since a module's name begins with the path to it. The deeper the model, the further "
            "its residual stream then grows.",
            {
                "0.02 for all": ("std=residual_std if name.endswith(OUTPUT_PROJECTIONS) else 0.02", "std=0.02"),
                "whole names compared": ("name.endswith(OUTPUT_PROJECTIONS)", "name in OUTPUT_PROJECTIONS"),
            },
        ),
        "too few additions counted": Kind(
            "Your output projections come out too wide, because you count fewer additions to the residual stream than "
            "two for every layer. Attention and MLP each make one, and the stream that leaves the last block is larger "
            "than it should be.",
            {
                "sqrt(L)": ("(2 * model.config.n_layer)", "model.config.n_layer"),
                "sqrt(L / 2)": ("(2 * model.config.n_layer)", "(model.config.n_layer / 2)"),
            },
        ),
        "root forgotten": Kind(
            "You divide by the number of additions itself, without its root. Random additions partly cancel, so that "
            "their sum grows slowly; held back this much, the sublayers of a deep model add far too little.",
            {"root forgotten": (" ** 0.5", "")},
        ),
        "larger with the depth": Kind(
            "Your output projections get wider the deeper the model is, where they should get narrower. A deep model "
            "then has more sublayers, each of which adds more, and its residual stream grows far too large.",
            {"multiplied, not divided": ("0.02 / (2", "0.02 * (2")},
        ),
        "another number than the depth": Kind(
            "You scale the output projections by a number that is not how many layers this model has. Where the model "
            "is deeper than that number, the residual stream grows; where it is shallower, its sublayers add too "
            "little.",
            {
                "GPT-2's own depth": ("model.config.n_layer", "12"),
                "by the number of heads": ("config.n_layer", "config.n_head"),
            },
        ),
        "small and smaller swapped": Kind(
            "You make everything smaller except for the output projections, which is the wrong way round. What writes "
            "into the residual stream is to be held back in a deep model; what reads from it has no reason to shrink.",
            {
                "small and smaller swapped": (
                    "residual_std if name.endswith(OUTPUT_PROJECTIONS) else 0.02",
                    "0.02 if name.endswith(OUTPUT_PROJECTIONS) else residual_std",
                )
            },
        ),
        "only one output projection smaller": Kind(
            "You make one of the two output projections smaller and draw the other as wide as the rest. Attention and "
            "MLP both write into the residual stream, and the one that you left out lets it grow with the depth.",
            {
                "only o_proj smaller": ("endswith(OUTPUT_PROJECTIONS)", 'endswith("o_proj")'),
                "only down_proj smaller": ("endswith(OUTPUT_PROJECTIONS)", 'endswith("down_proj")'),
            },
        ),
        "every projection smaller": Kind(
            "You make every projection smaller, those too that read from the residual stream. Queries, keys, values "
            "and hidden numbers do not pile up in it; shrunk with the depth as well, they only weaken the signal "
            "inside each sublayer.",
            {"every projection smaller": ("endswith(OUTPUT_PROJECTIONS)", 'endswith("proj")')},
        ),
        "output projections of zero": Kind(
            "You set the output projections to zero, which is nanochat's way. In GPT-2 they are small but random, so "
            "that the layers in front of them get a gradient from the first step on.",
            {
                "output projections of zero": (
                    "residual_std if name.endswith(OUTPUT_PROJECTIONS) else 0.02",
                    "0.0 if name.endswith(OUTPUT_PROJECTIONS) else 0.02",
                )
            },
        ),
        "spread for mean": Kind(
            "You hand the spread over in the place of the mean, so that the real spread stays at one, torch's default. "
            "Weights come out fifty times too large or more, and the first loss lies far above that of a blind guess.",
            {"the spread given as the mean": ("std=residual_std", "residual_std")},
        ),
        "spread taken for a variance": Kind(
            "You take a root of the output projections' spread, as if it were a variance. It is a standard deviation "
            "already; its root is larger than the spread of all the other weights, and every sublayer floods the "
            "residual stream.",
            {"the spread given as a variance": ("std=residual_std if", "std=residual_std**0.5 if")},
        ),
        "a distribution without tails": Kind(
            "You draw from a distribution with hard ends, uniform or cut off, where a normal one is asked for. The few "
            "large weights never occur, and where the ends lie at the spread itself, the weights as a whole come out "
            "too small.",
            {
                "uniform": (
                    "nn.init.normal_(module.weight, std=residual_std if name.endswith(OUTPUT_PROJECTIONS) else 0.02)",
                    "std = residual_std if name.endswith(OUTPUT_PROJECTIONS) else 0.02\n"
                    "            nn.init.uniform_(module.weight, -std, std)",
                ),
                "uniform of the right spread": (
                    "nn.init.normal_(module.weight, std=residual_std if name.endswith(OUTPUT_PROJECTIONS) else 0.02)",
                    "std = residual_std if name.endswith(OUTPUT_PROJECTIONS) else 0.02\n"
                    "            nn.init.uniform_(module.weight, -std * 3**0.5, std * 3**0.5)",
                ),
                "cut off at one sigma": (
                    "nn.init.normal_(module.weight, std=residual_std if name.endswith(OUTPUT_PROJECTIONS) else 0.02)",
                    "std = residual_std if name.endswith(OUTPUT_PROJECTIONS) else 0.02\n"
                    "            nn.init.trunc_normal_(module.weight, std=std, a=-std, b=std)",
                ),
            },
        ),
        "modules left out": Kind(
            "You do not reach every linear layer and every embedding: one of the two kinds is missing, or all that "
            "lies inside other modules. What is not reached keeps the numbers that it had before, of whatever size "
            "they were.",
            {
                "embeddings left out": ("(nn.Linear, nn.Embedding)", "nn.Linear"),
                "linear layers left out": ("(nn.Linear, nn.Embedding)", "nn.Embedding"),
                "only the first layers reached": ("model.named_modules()", "model.named_children()"),
            },
        ),
        "embeddings of unit size": Kind(
            "You draw the embeddings with a spread of one, as torch and nanochat do. GPT-2's begin as small as its "
            "linear layers; beside larger ones, what the blocks add to the residual stream hardly counts for a long "
            "time.",
            {
                "embeddings of unit size": (
                    "(nn.Linear, nn.Embedding)):",
                    "nn.Embedding):\n            nn.init.normal_(module.weight)\n"
                    "        if isinstance(module, nn.Linear):",
                )
            },
        ),
        "biases other than zero": Kind(
            BIAS_NOT_ZERO,
            {
                "biases not zeroed": ("nn.init.zeros_(module.bias)", "pass"),
                "biases drawn": ("nn.init.zeros_(module.bias)", "nn.init.normal_(module.bias, std=0.02)"),
                "biases of one": ("nn.init.zeros_(module.bias)", "nn.init.ones_(module.bias)"),
            },
        ),
        "norms set to other numbers": Kind(
            NORMS_SET,
            {
                "biases of norms zeroed too": (
                    "if isinstance(module, nn.Linear) and module.bias is not None:",
                    'if getattr(module, "bias", None) is not None:',
                ),
                "norms set to one": (
                    "    for name, module in model.named_modules():",
                    "    for name, module in model.named_modules():\n"
                    '        if name.endswith("norm") and hasattr(module, "weight"):\n'
                    "            nn.init.ones_(module.weight)",
                ),
            },
        ),
        "norms drawn too": Kind(
            "You draw the weights of the norms at random as well, though they are to stay as they were made. Most "
            "norms then let almost nothing through, and chance decides which channels change their sign.",
            {
                "norms drawn too": (
                    "isinstance(module, (nn.Linear, nn.Embedding))",
                    'getattr(module, "weight", None) is not None',
                )
            },
        ),
        "weights replaced": Kind(
            WEIGHTS_REPLACED,
            {
                "weights replaced": (
                    "nn.init.normal_(module.weight, std=residual_std if name.endswith(OUTPUT_PROJECTIONS) else 0.02)",
                    "std = residual_std if name.endswith(OUTPUT_PROJECTIONS) else 0.02\n"
                    "            module.weight = nn.Parameter(std * torch.randn_like(module.weight))",
                )
            },
        ),
    },
    "initialization.init_deepnorm": {
        "gain too large": Kind(
            "Your gain is too large, because the depth counts too little in it; 2L, for one, belongs to the weight of "
            "the residual stream. That weight and the gain were worked out together, so that a step changes a deep "
            "model no more than a shallow one.",
            {
                "2L": ("(8 * model.config.n_layer)", "(2 * model.config.n_layer)"),
                "only L": ("(8 * model.config.n_layer)", "model.config.n_layer"),
            },
        ),
        "gain squared": Kind(
            "Your gain is the square of the one that is asked for: you take the wrong root, or multiply by the gain "
            "twice. The sublayers of a deep model then begin by adding far too little.",
            {
                "the square root": ("** -0.25", "** -0.5"),
                "drawn first, scaled twice": ("gain=gain if", "gain=gain * gain if"),
            },
        ),
        "a gain that enlarges": Kind(
            "Your gain grows with the depth, where it should shrink. The deeper the model, the more each sublayer adds "
            "to the residual stream, which is the very trouble that DeepNorm was made to cure.",
            {"a gain that enlarges": ("** -0.25", "** 0.25")},
        ),
        "heads counted instead of layers": Kind(
            "You work the gain out from the number of heads. How much a sublayer may add to the residual stream "
            "depends on how many others add to it; how many heads attention has plays no part in that.",
            {"by the number of heads": ("config.n_layer", "config.n_head")},
        ),
        "gain on all": Kind(
            "You shrink every linear layer, whatever its work is. Queries, keys and an untied head keep their full "
            "size in DeepNorm; shrunk, they can make the first scores and logits flatter than they should be.",
            {"gain on all": ("gain=gain if name.endswith(scaled) else 1.0", "gain=gain")},
        ),
        "gain on none": Kind(
            "None of your layers is shrunk: the gain is not used, or the names that you compare never match, since a "
            "module's name begins with the path to it. A deep model then changes too much in every step, and training "
            "can become unstable.",
            {
                "gain on none": ("gain=gain if name.endswith(scaled) else 1.0", "gain=1.0"),
                "whole names compared": ("name.endswith(scaled)", "name in scaled"),
            },
        ),
        "gain on the wrong layers": Kind(
            "You shrink layers that make queries or keys, and none of those that make what is added to the residual "
            "stream. Scores may be as large as ever; the additions are what has to be small in a deep model.",
            {
                "gain on q and k only": (
                    '("v_proj", "v_from_latent", "o_proj", "up_proj", "gate_proj", "down_proj")',
                    '("q_proj", "k_proj")',
                ),
                "gain the wrong way round": ("if name.endswith(scaled)", "if not name.endswith(scaled)"),
            },
        ),
        "gain on queries or keys too": Kind(
            "You shrink layers on the way to queries or keys as well. They decide where attention looks, not how much "
            "it adds to the residual stream; made smaller, they can only blur the choice.",
            {
                "gain on q and k": ('("v_proj", "v_from_latent",', '("q_proj", "k_proj", "v_proj", "v_from_latent",'),
                "keys from the latent too": ('"v_from_latent", ', '"v_from_latent", "k_from_latent", '),
                "everything from the latent, and into it": ('"v_from_latent", ', '"from_latent", "latent_proj", '),
            },
        ),
        "a layer of attention without the gain": Kind(
            "A layer through which values are made, or written into the residual stream, keeps its full size in your "
            "code. All layers on that way multiply into what attention adds, which stays too large as long as one of "
            "them is not shrunk.",
            {
                "v_proj left out": ('("v_proj", "v_from_latent"', '("v_from_latent"'),
                "v_from_latent left out": ('"v_proj", "v_from_latent", ', '"v_proj", '),
                "o_proj left out": ('"o_proj", "up_proj"', '"up_proj"'),
            },
        ),
        "a layer of the feed-forward without the gain": Kind(
            "One of the linear layers of the feed-forward keeps its full size in your code. All of them have a share "
            "in what it adds to the residual stream, the gate's too where there is one, and in a deep model that stays "
            "too large.",
            {
                "up_proj left out": ('"up_proj", ', ""),
                "gate_proj left out": ('"gate_proj", ', ""),
                "down_proj left out": (', "down_proj")', ")"),
            },
        ),
        "gain on output projections only": Kind(
            "You shrink only the layers that write into the residual stream, as GPT-2 does. DeepNorm shrinks values "
            "and hidden numbers in front of them as well, and its promise for very deep models counts on both.",
            {
                "gain on output projections only": (
                    '("v_proj", "v_from_latent", "o_proj", "up_proj", "gate_proj", "down_proj")',
                    "OUTPUT_PROJECTIONS",
                )
            },
        ),
        "a distribution without tails": Kind(
            "You draw from a uniform distribution, where a normal one is asked for. Both have the same spread, but the "
            "few large weights never occur, and your model begins with other weights than the paper's.",
            {"uniform": ("nn.init.xavier_normal_", "nn.init.xavier_uniform_")},
        ),
        "outputs not counted": Kind(
            "You look only at how many inputs a layer has, and Xavier's rule looks at its outputs too. It is a "
            "compromise between two aims: that the signal keeps its size on the way forward, and the gradient on the "
            "way back.",
            {
                "fan_in only": (
                    "nn.init.xavier_normal_(module.weight, gain=gain if name.endswith(scaled) else 1.0)",
                    "std = (gain if name.endswith(scaled) else 1.0) * module.in_features**-0.5\n"
                    "            nn.init.normal_(module.weight, std=std)",
                )
            },
        ),
        "a sum instead of an average": Kind(
            "You go by the sum of inputs and outputs, where Xavier's rule is about their average. All linear layers "
            "come out too small by the same factor, and the signal fades on its way through them.",
            {
                "fan_in and fan_out without the two": (
                    "nn.init.xavier_normal_(module.weight, gain=gain if name.endswith(scaled) else 1.0)",
                    "std = (gain if name.endswith(scaled) else 1.0) * sum(module.weight.shape) ** -0.5\n"
                    "            nn.init.normal_(module.weight, std=std)",
                )
            },
        ),
        "biases other than zero": Kind(
            BIAS_NOT_ZERO,
            {
                "biases not zeroed": ("nn.init.zeros_(module.bias)", "pass"),
                "biases drawn": ("nn.init.zeros_(module.bias)", "nn.init.normal_(module.bias)"),
            },
        ),
        "vectors that are no biases zeroed": Kind(
            "You set every vector outside the norms to zero, as if all of them were biases. Differential attention has "
            "vectors that are multiplied with one another: at zero none of them gets a gradient, and they stay there "
            "for ever.",
            {
                "vectors that are no biases zeroed too": (
                    "    # Embeddings last,",
                    "    for name, parameter in model.named_parameters():\n"
                    '        if parameter.ndim == 1 and "norm" not in name:\n'
                    "            nn.init.zeros_(parameter)\n"
                    "    # Embeddings last,",
                )
            },
        ),
        "embeddings left out": Kind(
            "You never draw the embeddings, which keep the numbers that they had before. In a new model without a tied "
            "head these are torch's own, with which the vectors of the tokens are many times longer than this recipe "
            "wants them.",
            {"embeddings left out": ("nn.init.normal_(module.weight, std=module.embedding_dim**-0.5)", "pass")},
        ),
        "embeddings of a fixed spread": Kind(
            "You draw the embeddings with the same spread in every model. The vectors of the tokens are then longer "
            "the wider the model is, where they should begin with about the same length at any width.",
            {
                "embeddings of unit size": (", std=module.embedding_dim**-0.5", ""),
                "embeddings of 0.02": ("std=module.embedding_dim**-0.5", "std=0.02"),
            },
        ),
        "embeddings by their number": Kind(
            "The spread of your embeddings depends on how many rows the table has. One row at a time is looked up, so "
            "that a larger vocabulary, or longer sequences, are no reason to begin with smaller vectors.",
            {
                "embeddings by their number": ("module.embedding_dim**-0.5", "module.num_embeddings**-0.5"),
                "embeddings by Xavier": (
                    "nn.init.normal_(module.weight, std=module.embedding_dim**-0.5)",
                    "nn.init.xavier_normal_(module.weight)",
                ),
            },
        ),
        "gain on embeddings": Kind(
            "You shrink the embeddings with the depth. The gain is for what sublayers add to the residual stream; the "
            "embedding is what they add it to, where nothing piles up that would have to be held back.",
            {"gain on embeddings": ("std=module.embedding_dim**-0.5", "std=gain * module.embedding_dim**-0.5")},
        ),
        "a tied head drawn last": Kind(
            "Where the head shares its weight with the embedding, your code draws that weight twice, the second time "
            "as a linear layer, and the last draw stays. The vectors of the tokens then begin with a size that was "
            "meant for the head.",
            {
                "a tied head drawn last": (
                    "    # Embeddings last, for the sake of a head that shares their weights.\n"
                    "    for module in model.modules():\n"
                    "        if isinstance(module, nn.Embedding):\n"
                    "            nn.init",
                    "        elif isinstance(module, nn.Embedding):\n            nn.init",
                )
            },
        ),
        "head of zeros": Kind(
            "You set the head to zero, which is nanochat's way. DeepNorm draws it like other linear layers; as long as "
            "it is zero, no gradient from the loss gets through it to the blocks.",
            {
                "head of zeros": (
                    "    # Embeddings last,",
                    "    nn.init.zeros_(model.lm_head.weight)\n    # Embeddings last,",
                )
            },
        ),
        "norms set to other numbers": Kind(
            NORMS_SET,
            {
                "norms set to one": (
                    "        if isinstance(module, nn.Linear):\n",
                    '        if name.endswith("norm") and hasattr(module, "weight"):\n'
                    "            nn.init.ones_(module.weight)\n"
                    "        if isinstance(module, nn.Linear):\n",
                )
            },
        ),
        "weights replaced": Kind(
            WEIGHTS_REPLACED,
            {
                "weights replaced": (
                    "nn.init.normal_(module.weight, std=module.embedding_dim**-0.5)",
                    "module.weight = nn.Parameter(torch.randn_like(module.weight) * module.embedding_dim**-0.5)",
                )
            },
        ),
    },
}
