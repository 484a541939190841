"""What people write for optimization.initialization.init_gpt2, and why it matters."""

from scripts.course.optimization.initialization.explanations import BIAS_NOT_ZERO, NORMS_SET, WEIGHTS_REPLACED
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "output projections not smaller": Kind(
        "The std of your output projections is that of all other weights: you use one std for all, or the names that "
        "you compare never match, since a module's name begins with the path to it. The deeper the model, the further "
        "its residual stream then grows.",
        {
            "0.02 for all": ("std=residual_std if name.endswith(OUTPUT_PROJECTIONS) else 0.02", "std=0.02"),
            "whole names compared": ("name.endswith(OUTPUT_PROJECTIONS)", "name in OUTPUT_PROJECTIONS"),
        },
    ),
    "names that only end alike": Kind(
        "You compare the ends of names without the dot, so that kv_down_proj and q_down_proj of latent attention count as "
        "down_proj. They make latents, and add nothing to the residual stream.",
        {"names that only end alike": ("endswith(OUTPUT_PROJECTIONS)", 'endswith(("o_proj", "down_proj"))')},
    ),
    "too few additions counted": Kind(
        "The std of your output projections is too large, because you count fewer additions to the residual stream "
        "than two for every layer. Attention and MLP each make one, and the stream that leaves the last block is "
        "larger than it should be.",
        {
            "sqrt(L)": ("(2 * model.config.n_layer)", "model.config.n_layer"),
            "sqrt(L / 2)": ("(2 * model.config.n_layer)", "(model.config.n_layer / 2)"),
        },
    ),
    "root forgotten": Kind(
        "You divide by the number of additions itself, without its root. Random additions partly cancel, so "
        "that their sum grows slowly; held back this much, the sublayers of a deep model add far too little.",
        {"root forgotten": (" ** 0.5", "")},
    ),
    "larger with the depth": Kind(
        "The std of your output projections grows with the depth of the model, where it should shrink. A deep model "
        "then has more sublayers, each of which adds more, and its residual stream grows far too large.",
        {"multiplied, not divided": ("0.02 / (2", "0.02 * (2")},
    ),
    "another number than the depth": Kind(
        "You scale the output projections by a number that is not how many layers this model has. Where the "
        "model is deeper than that number, the residual stream grows; where it is shallower, its sublayers add "
        "too little.",
        {
            "GPT-2's own depth": ("model.config.n_layer", "12"),
            "by the number of heads": ("config.n_layer", "config.n_head"),
        },
    ),
    "small and smaller swapped": Kind(
        "You make everything smaller except for the output projections, which is the wrong way round. What "
        "writes into the residual stream is to be held back in a deep model; what reads from it has no reason "
        "to shrink.",
        {
            "small and smaller swapped": (
                "residual_std if name.endswith(OUTPUT_PROJECTIONS) else 0.02",
                "0.02 if name.endswith(OUTPUT_PROJECTIONS) else residual_std",
            )
        },
    ),
    "only one output projection smaller": Kind(
        "You make one of the two output projections smaller and leave the other at the std of the rest. Attention and "
        "MLP both write into the residual stream, and the one that you left out lets it grow with the depth.",
        {
            "only o_proj smaller": ("endswith(OUTPUT_PROJECTIONS)", 'endswith(".o_proj")'),
            "only down_proj smaller": ("endswith(OUTPUT_PROJECTIONS)", 'endswith(".down_proj")'),
        },
    ),
    "every projection smaller": Kind(
        "You make every projection smaller, those too that read from the residual stream. Queries, keys, "
        "values and hidden activations do not pile up in it; shrunk with the depth as well, they only weaken the "
        "signal inside each sublayer.",
        {"every projection smaller": ("endswith(OUTPUT_PROJECTIONS)", 'endswith("proj")')},
    ),
    "output projections of zero": Kind(
        "You set the output projections to zero, which is nanochat's way. In GPT-2 they are small but random, "
        "so that the layers in front of them get a gradient from the first step on.",
        {
            "output projections of zero": (
                "residual_std if name.endswith(OUTPUT_PROJECTIONS) else 0.02",
                "0.0 if name.endswith(OUTPUT_PROJECTIONS) else 0.02",
            )
        },
    ),
    "spread for mean": Kind(
        "You pass the std as the mean, so that the real std stays at one, torch's default. Weights come out fifty "
        "times too large or more, and the first loss lies far above the uniform baseline, ln V.",
        {"the spread given as the mean": ("std=residual_std", "residual_std")},
    ),
    "spread taken for a variance": Kind(
        "You take a root of the output projections' std, as if it were a variance. It is a standard deviation "
        "already; its root is larger than the std of all the other weights, and every sublayer adds far too much to "
        "the residual stream.",
        {"the spread given as a variance": ("std=residual_std if", "std=residual_std**0.5 if")},
    ),
    "a distribution without tails": Kind(
        "You draw from a bounded distribution, uniform or truncated, where a normal one is needed. The few large "
        "weights never occur, and where the bounds are one standard deviation from zero, the weights as a whole come "
        "out too small.",
        {
            "uniform": (
                ("nn.init.normal_(module.weight, std=residual_std if name.endswith(OUTPUT_PROJECTIONS) else 0.02)"),
                (
                    "std = residual_std if name.endswith(OUTPUT_PROJECTIONS) else 0.02\n"
                    "            nn.init.uniform_(module.weight, -std, std)"
                ),
            ),
            "uniform of the right spread": (
                ("nn.init.normal_(module.weight, std=residual_std if name.endswith(OUTPUT_PROJECTIONS) else 0.02)"),
                (
                    "std = residual_std if name.endswith(OUTPUT_PROJECTIONS) else 0.02\n"
                    "            nn.init.uniform_(module.weight, -std * 3**0.5, std * 3**0.5)"
                ),
            ),
            "cut off at one sigma": (
                ("nn.init.normal_(module.weight, std=residual_std if name.endswith(OUTPUT_PROJECTIONS) else 0.02)"),
                (
                    "std = residual_std if name.endswith(OUTPUT_PROJECTIONS) else 0.02\n"
                    "            nn.init.trunc_normal_(module.weight, std=std, a=-std, b=std)"
                ),
            ),
        },
    ),
    "modules left out": Kind(
        "You do not reach every linear layer and every embedding: one of the two kinds is missing, or all that "
        "lies inside other modules. What is not reached keeps the values that it had before, of whatever size "
        "they were.",
        {
            "embeddings left out": ("(nn.Linear, nn.Embedding)", "nn.Linear"),
            "linear layers left out": ("(nn.Linear, nn.Embedding)", "nn.Embedding"),
            "only the first layers reached": ("model.named_modules()", "model.named_children()"),
        },
    ),
    "embeddings of unit size": Kind(
        "You initialise the embeddings with a std of one, as torch and nanochat do. GPT-2's begin as small as its "
        "linear layers; beside larger ones, what the blocks add to the residual stream hardly counts for a "
        "long time.",
        {
            "embeddings of unit size": (
                "(nn.Linear, nn.Embedding)):",
                (
                    "nn.Embedding):\n"
                    "            nn.init.normal_(module.weight)\n"
                    "        if isinstance(module, nn.Linear):"
                ),
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
                (
                    "    for name, module in model.named_modules():\n"
                    '        if name.endswith("norm") and hasattr(module, "weight"):\n'
                    "            nn.init.ones_(module.weight)"
                ),
            ),
        },
    ),
    "norms drawn too": Kind(
        "You initialise the weights of the norms at random as well, though they are to stay as they were made. Most "
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
                ("nn.init.normal_(module.weight, std=residual_std if name.endswith(OUTPUT_PROJECTIONS) else 0.02)"),
                (
                    "std = residual_std if name.endswith(OUTPUT_PROJECTIONS) else 0.02\n"
                    "            module.weight = nn.Parameter(std * torch.randn_like(module.weight))"
                ),
            )
        },
    ),
}
