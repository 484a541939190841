"""What people write for optimization.initialization.init_deepnorm, and why it matters."""

from scripts.course.optimization.initialization.explanations import BIAS_NOT_ZERO, NORMS_SET, WEIGHTS_REPLACED
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "gain too large": Kind(
        "Your gain is too large, because the depth counts too little in it; 2L, for one, belongs to the weight "
        "of the residual stream. That weight and the gain were worked out together, so that a step changes a "
        "deep model no more than a shallow one.",
        {
            "2L": ("(8 * model.config.n_layer)", "(2 * model.config.n_layer)"),
            "only L": ("(8 * model.config.n_layer)", "model.config.n_layer"),
        },
    ),
    "gain squared": Kind(
        "Your gain is the square of the one that is asked for: you take the wrong root, or multiply by the "
        "gain twice. The sublayers of a deep model then begin by adding far too little.",
        {
            "the square root": ("** -0.25", "** -0.5"),
            "drawn first, scaled twice": ("gain=gain if", "gain=gain * gain if"),
        },
    ),
    "a gain that enlarges": Kind(
        "Your gain grows with the depth, where it should shrink. The deeper the model, the more each sublayer "
        "adds to the residual stream, which is the very trouble that DeepNorm was made to cure.",
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
        "None of your layers is shrunk: the gain is not used, or the names that you compare never match, since "
        "a module's name begins with the path to it. A deep model then changes too much in every step, and "
        "training can become unstable.",
        {
            "gain on none": ("gain=gain if name.endswith(scaled) else 1.0", "gain=1.0"),
            "whole names compared": ("name.endswith(scaled)", "name in scaled"),
        },
    ),
    "gain on the wrong layers": Kind(
        "You shrink layers that make queries or keys, and none of those that make what is added to the "
        "residual stream. Scores may be as large as ever; the additions are what has to be small in a deep "
        "model.",
        {
            "gain on q and k only": (
                '(".v_proj", ".v_up_proj", ".o_proj", ".up_proj", ".gate_proj", ".down_proj")',
                '(".q_proj", ".k_proj")',
            ),
            "gain the wrong way round": ("if name.endswith(scaled)", "if not name.endswith(scaled)"),
        },
    ),
    "gain on queries or keys too": Kind(
        "You shrink layers on the way to queries or keys as well. They decide which tokens attention reads, not how "
        "much it adds to the residual stream; made smaller, they can only blur the choice.",
        {
            "gain on q and k": ('(".v_proj", ".v_up_proj",', '(".q_proj", ".k_proj", ".v_proj", ".v_up_proj",'),
            "keys from the latent too": ('".v_up_proj", ', '".v_up_proj", ".k_up_proj", '),
            "everything from the latent, and into it": (
                '".v_up_proj", ',
                '".v_up_proj", ".k_up_proj", ".kv_down_proj", ',
            ),
        },
    ),
    "names that only contain others": Kind(
        "You look for one name within another, so that up_proj is found in k_up_proj, and down_proj in kv_down_proj and "
        "q_down_proj. These make latents, and keys from them, and are among the others.",
        {
            "names that only contain others": ("name.endswith(scaled)", "any(part[1:] in name for part in scaled)"),
            "names that only end alike": ("name.endswith(scaled)", "name.endswith(tuple(part[1:] for part in scaled))"),
        },
    ),
    "a layer of attention without the gain": Kind(
        "A layer through which values are made, or written into the residual stream, keeps its full size in "
        "your code. All layers on that way multiply into what attention adds, which stays too large as long as "
        "one of them is not shrunk.",
        {
            "v_proj left out": ('(".v_proj", ".v_up_proj"', '(".v_up_proj"'),
            "v_up_proj left out": ('".v_proj", ".v_up_proj", ', '".v_proj", '),
            "o_proj left out": ('".o_proj", ".up_proj"', '".up_proj"'),
        },
    ),
    "a layer of the feed-forward without the gain": Kind(
        "One of the linear layers of the feed-forward keeps its full size in your code. All of them contribute to "
        "what it adds to the residual stream, the gate's too where there is one, and in a deep model that stays too "
        "large.",
        {
            "up_proj left out": ('".up_proj", ', ""),
            "gate_proj left out": ('".gate_proj", ', ""),
            "down_proj left out": (', ".down_proj")', ")"),
        },
    ),
    "gain on output projections only": Kind(
        "You shrink only the layers that write into the residual stream, as GPT-2 does. DeepNorm shrinks "
        "values and hidden activations in front of them as well, and its promise for very deep models counts on "
        "both.",
        {
            "gain on output projections only": (
                '(".v_proj", ".v_up_proj", ".o_proj", ".up_proj", ".gate_proj", ".down_proj")',
                "OUTPUT_PROJECTIONS",
            )
        },
    ),
    "a distribution without tails": Kind(
        "You draw from a uniform distribution, where a normal one is needed. Both have the same standard deviation, "
        "but the few large weights never occur, and your model begins with other weights than the paper's.",
        {"uniform": ("nn.init.xavier_normal_", "nn.init.xavier_uniform_")},
    ),
    "outputs not counted": Kind(
        "You use only fan_in, the number of inputs of a layer, and Xavier's rule uses fan_out too. It is a compromise "
        "between two aims: that the signal keeps its size on the way forward, and the gradient on the way back.",
        {
            "fan_in only": (
                "nn.init.xavier_normal_(module.weight, gain=gain if name.endswith(scaled) else 1.0)",
                (
                    "std = (gain if name.endswith(scaled) else 1.0) * module.in_features**-0.5\n"
                    "            nn.init.normal_(module.weight, std=std)"
                ),
            )
        },
    ),
    "a sum instead of an average": Kind(
        "You go by the sum of inputs and outputs, where Xavier's rule is about their average. All linear "
        "layers come out too small by the same factor, and the signal fades on its way through them.",
        {
            "fan_in and fan_out without the two": (
                "nn.init.xavier_normal_(module.weight, gain=gain if name.endswith(scaled) else 1.0)",
                (
                    "std = (gain if name.endswith(scaled) else 1.0) * sum(module.weight.shape) ** -0.5\n"
                    "            nn.init.normal_(module.weight, std=std)"
                ),
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
        "You set every vector outside the norms to zero, as if all of them were biases. Differential attention "
        "has vectors that are multiplied with one another: at zero none of them gets a gradient, and they stay "
        "there for ever.",
        {
            "vectors that are no biases zeroed too": (
                "    # Embeddings last,",
                (
                    "    for name, parameter in model.named_parameters():\n"
                    '        if parameter.ndim == 1 and "norm" not in name:\n'
                    "            nn.init.zeros_(parameter)\n"
                    "    # Embeddings last,"
                ),
            )
        },
    ),
    "embeddings left out": Kind(
        "You never initialise the embeddings, which keep the values that they had before. In a new model without a "
        "tied head these are torch's own, with which the vectors of the tokens are many times longer than in this "
        "recipe.",
        {"embeddings left out": ("nn.init.normal_(module.weight, std=module.embedding_dim**-0.5)", "pass")},
    ),
    "embeddings of a fixed spread": Kind(
        "You initialise the embeddings with the same std in every model. The vectors of the tokens are then "
        "longer the wider the model is, where they should begin with about the same length at any width.",
        {
            "embeddings of unit size": (", std=module.embedding_dim**-0.5", ""),
            "embeddings of 0.02": ("std=module.embedding_dim**-0.5", "std=0.02"),
        },
    ),
    "embeddings by their number": Kind(
        "The std of your embeddings depends on how many rows the table has. One row at a time is looked up, so that a "
        "larger vocabulary, or longer sequences, are no reason to begin with smaller vectors.",
        {
            "embeddings by their number": ("module.embedding_dim**-0.5", "module.num_embeddings**-0.5"),
            "embeddings by Xavier": (
                "nn.init.normal_(module.weight, std=module.embedding_dim**-0.5)",
                "nn.init.xavier_normal_(module.weight)",
            ),
        },
    ),
    "gain on embeddings": Kind(
        "You shrink the embeddings with the depth. The gain is for what sublayers add to the residual stream; "
        "the embedding is what they add it to, where nothing piles up that would have to be held back.",
        {"gain on embeddings": ("std=module.embedding_dim**-0.5", "std=gain * module.embedding_dim**-0.5")},
    ),
    "a tied head drawn last": Kind(
        "Where the head is tied to the embedding, your code initialises that weight twice, and the second time, as a "
        "linear layer, overwrites the first. The embeddings of the tokens then begin with the std that is meant for "
        "the head.",
        {
            "a tied head drawn last": (
                (
                    "    # Embeddings last, for the sake of a head that shares their weights.\n"
                    "    for module in model.modules():\n"
                    "        if isinstance(module, nn.Embedding):\n"
                    "            nn.init"
                ),
                ("        elif isinstance(module, nn.Embedding):\n            nn.init"),
            )
        },
    ),
    "head of zeros": Kind(
        "You set the head to zero, which is nanochat's way. DeepNorm initialises it like other linear layers; as long "
        "as it is zero, no gradient from the loss gets through it to the blocks.",
        {
            "head of zeros": (
                "    # Embeddings last,",
                "    nn.init.zeros_(model.head.lm_head.weight)\n    # Embeddings last,",
            )
        },
    ),
    "norms set to other numbers": Kind(
        NORMS_SET,
        {
            "norms set to one": (
                "        if isinstance(module, nn.Linear):\n",
                (
                    '        if name.endswith("norm") and hasattr(module, "weight"):\n'
                    "            nn.init.ones_(module.weight)\n"
                    "        if isinstance(module, nn.Linear):\n"
                ),
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
}
