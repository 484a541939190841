"""What people write for gpt.GPT._init_weights, and why it matters."""

from scripts.course.gpt.explanations import WEIGHT_REPLACED
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "fan_in and fan_out swapped": Kind(
        "You take the number of outputs for that of inputs, and the other way round. A sum grows with how many "
        "inputs it adds up, so layers that widen now make what passes through too small, and those that narrow "
        "make it too large.",
        {"fan_in and fan_out swapped": ("fan_out, fan_in = module", "fan_in, fan_out = module")},
    ),
    "narrowing layers not made smaller": Kind(
        "A layer with fewer outputs than inputs gets no smaller weights for that: the factor is missing, or "
        "acts on layers that widen. Such a layer has to be gentler than its inputs alone would make it, so "
        "that it stretches no vector much.",
        {
            "no factor for narrowing layers": (" * min(1.0, math.sqrt(fan_out / fan_in))", ""),
            "max for min": ("min(1.0,", "max(1.0,"),
            "ratio the wrong way round": ("math.sqrt(fan_out / fan_in)", "math.sqrt(fan_in / fan_out)"),
        },
    ),
    "ratio without its root": Kind(
        "In layers that narrow you shrink the weights too far, because a root is missing. What comes out of "
        "such a layer is too small, the more so the more it narrows.",
        {"ratio without its root": ("math.sqrt(fan_out / fan_in)", "fan_out / fan_in")},
    ),
    "factor for widening layers too": Kind(
        "Layers with more outputs than inputs get larger weights for that, because your factor has no upper "
        "bound. Every number that they give is then larger than those that they were given, which adds up over "
        "the layers.",
        {"factor for widening layers too": ("min(1.0, math.sqrt(fan_out / fan_in))", "math.sqrt(fan_out / fan_in)")},
    ),
    "variance for spread": Kind(
        "You hand over a variance where a standard deviation is asked for. The weights come out far too small, "
        "and the signal fades on its way through the layers.",
        {"variance for spread": ("fan_in**-0.5", "fan_in**-1.0")},
    ),
    "another recipe": Kind(
        "Your linear layers follow another recipe: He's, Xavier's, or the fixed number of GPT-2. These were "
        "made for other models; here what comes out of some layers would be too large or too small.",
        {
            "He's factor of two": ("std=fan_in**-0.5", "std=2**0.5 * fan_in**-0.5"),
            "Xavier's mean of both fans": ("std=fan_in**-0.5", "std=((fan_in + fan_out) / 2)**-0.5"),
            "GPT-2's 0.02": ("std=fan_in**-0.5 * min(1.0, math.sqrt(fan_out / fan_in))", "std=0.02"),
        },
    ),
    "a distribution without tails": Kind(
        "You draw from a distribution without tails: a uniform one, or a normal one that is cut off. The few "
        "large numbers are missing, and your model begins with other weights than one that is drawn as "
        "described.",
        {
            "uniform instead of normal": (
                "nn.init.normal_(module.weight, std=fan_in**-0.5 * min(1.0, math.sqrt(fan_out / fan_in)))",
                (
                    "bound = 3**0.5 * fan_in**-0.5 * min(1.0, math.sqrt(fan_out / fan_in))\n"
                    "            nn.init.uniform_(module.weight, -bound, bound)"
                ),
            ),
            "cut off at two standard deviations": (
                "nn.init.normal_(module.weight, std=1.0)",
                "nn.init.trunc_normal_(module.weight, std=1.0, a=-2, b=2)",
            ),
        },
    ),
    "std given as the mean": Kind(
        "You hand the standard deviation over in the place of the mean. The numbers then spread around it as "
        "widely as torch's default has it, far too much for a layer that adds up many inputs.",
        {
            "std given as the mean": (
                "nn.init.normal_(module.weight, std=fan_in",
                "nn.init.normal_(module.weight, fan_in",
            )
        },
    ),
    "mean of one": Kind(
        "The embedding that you draw is centred on one, where zero is asked for. All tokens then point in a "
        "similar direction, which makes them harder to tell apart.",
        {"mean of one": ("nn.init.normal_(module.weight, std=1.0)", "nn.init.normal_(module.weight, 1.0, 1.0)")},
    ),
    "a copy is drawn": Kind(
        "You draw the numbers into a copy of the weight, which is then thrown away. The layer keeps the "
        "weights that it had before, of whatever size they were.",
        {
            "a copy is drawn": (
                "nn.init.normal_(module.weight, std=fan_in",
                "nn.init.normal_(module.weight.clone(), std=fan_in",
            )
        },
    ),
    "weight replaced, not drawn in place": Kind(
        WEIGHT_REPLACED,
        {
            "weight replaced, not drawn in place": (
                "nn.init.normal_(module.weight, std=1.0)",
                "module.weight = nn.Parameter(torch.randn_like(module.weight))",
            )
        },
    ),
    "bias not zero": Kind(
        "The bias of a linear layer does not become zero: you leave it as it was, or draw it at random. Every "
        "output then begins with a shift that is the same for all tokens and means nothing yet.",
        {
            "bias forgotten": ("nn.init.zeros_(module.bias)", "pass"),
            "bias drawn": ("nn.init.zeros_(module.bias)", "nn.init.normal_(module.bias, std=0.02)"),
        },
    ),
    "layers without a bias not thought of": Kind(
        "You set the bias of every linear layer to zero, also of those that have none. In this model most "
        "layers are made without one, and the code stops at the first of them.",
        {"layers without a bias not thought of": ("if module.bias is not None:", "if True:")},
    ),
    "embedding forgotten": Kind(
        "You leave embeddings as they are. A new one happens to have the right spread, but a model whose "
        "weights are drawn a second time would keep its old vectors.",
        {"embedding forgotten": ("nn.init.normal_(module.weight, std=1.0)", "pass")},
    ),
    "embedding too small": Kind(
        "You draw the embedding smaller than asked for, as if its numbers were going to be summed. One row is "
        "looked up, and without a norm behind it the residual stream starts at its size: too small beside what "
        "the blocks will add.",
        {
            "embedding as small as GPT-2's": ("std=1.0", "std=0.02"),
            "embedding by its width": ("std=1.0", "std=module.embedding_dim**-0.5"),
        },
    ),
    "embedding taken for a linear layer": Kind(
        "Your code takes an embedding for a linear layer, since both have a matrix for a weight. It has no "
        "bias to be asked about, so the code stops, and its rows are looked up, not summed over many inputs.",
        {
            "embedding drawn like a linear layer": (
                "isinstance(module, nn.Linear)",
                'hasattr(module, "weight") and module.weight.dim() == 2',
            )
        },
    ),
    "every other module drawn too": Kind(
        "You draw the weights of all other modules as well, the norms among them. A norm is made with weights "
        "that treat all channels alike; drawn at random, they enlarge, flip or silence channels from the start.",
        {"every other module drawn too": ("elif isinstance(module, nn.Embedding):", 'elif hasattr(module, "weight"):')},
    ),
}
