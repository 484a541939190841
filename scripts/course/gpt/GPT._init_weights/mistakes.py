"""What people write for gpt.GPT._init_weights, and why it matters."""

from scripts.course.gpt.explanations import WEIGHT_REPLACED
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "fan_in and fan_out swapped": Kind(
        "You take fan_out for fan_in, and the other way round. A sum grows with the number of its inputs, so "
        "layers that widen now give outputs that are too small, and those that narrow outputs that are too large.",
        {"fan_in and fan_out swapped": ("fan_out, fan_in = module", "fan_in, fan_out = module")},
    ),
    "narrowing layers not made smaller": Kind(
        "A layer with fewer outputs than inputs gets no smaller weights for that: the factor is missing, or "
        "acts on layers that widen. It keeps the spectral norm of the matrix near 1, so that no direction of the "
        "input is enlarged.",
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
        "bound. Their outputs are then larger than their inputs, which adds up over the layers.",
        {"factor for widening layers too": ("min(1.0, math.sqrt(fan_out / fan_in))", "math.sqrt(fan_out / fan_in)")},
    ),
    "variance for standard deviation": Kind(
        "You pass a variance where a standard deviation is needed. The weights come out far too small, and the signal "
        "fades on its way through the layers.",
        {"variance for standard deviation": ("fan_in**-0.5", "fan_in**-1.0")},
    ),
    "another recipe": Kind(
        "Your linear layers follow another recipe: He's, Xavier's, or GPT-2's fixed 0.02. These were made "
        "for other models; here the output of some layers would be too large or too small.",
        {
            "He's factor of two": ("std=fan_in**-0.5", "std=2**0.5 * fan_in**-0.5"),
            "Xavier's mean of both fans": ("std=fan_in**-0.5", "std=((fan_in + fan_out) / 2)**-0.5"),
            "GPT-2's 0.02": ("std=fan_in**-0.5 * min(1.0, math.sqrt(fan_out / fan_in))", "std=0.02"),
        },
    ),
    "a distribution without tails": Kind(
        "You draw from a distribution without tails: a uniform one, or a truncated normal one. The few large "
        "weights are missing, and your model starts from another initialisation than the docstring's.",
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
        "You pass the standard deviation as the mean. The weights then keep torch's default standard deviation of 1, "
        "far too much for a layer that sums many inputs.",
        {
            "std given as the mean": (
                "nn.init.normal_(module.weight, std=fan_in",
                "nn.init.normal_(module.weight, fan_in",
            )
        },
    ),
    "mean of one": Kind(
        "The mean of your embedding is one, where zero is asked for. All tokens then point in a similar "
        "direction, which makes them harder to tell apart.",
        {"mean of one": ("nn.init.normal_(module.weight, std=1.0)", "nn.init.normal_(module.weight, 1.0, 1.0)")},
    ),
    "a copy is initialised": Kind(
        "You initialise a copy of the weight, which is then thrown away. The layer keeps the weights that it had "
        "before, of whatever size they were.",
        {
            "a copy is initialised": (
                "nn.init.normal_(module.weight, std=fan_in",
                "nn.init.normal_(module.weight.clone(), std=fan_in",
            )
        },
    ),
    "weight replaced, not changed in place": Kind(
        WEIGHT_REPLACED,
        {
            "weight replaced, not changed in place": (
                "nn.init.normal_(module.weight, std=1.0)",
                "module.weight = nn.Parameter(torch.randn_like(module.weight))",
            )
        },
    ),
    "bias not zero": Kind(
        "The bias of a linear layer does not become zero: you leave it as it was, or initialise it at random. "
        "Every output then begins with an offset that is the same for all tokens and means nothing yet.",
        {
            "bias forgotten": ("nn.init.zeros_(module.bias)", "pass"),
            "bias drawn as the weight": (
                "nn.init.zeros_(module.bias)",
                "nn.init.normal_(module.bias, std=fan_in**-0.5 * min(1.0, math.sqrt(fan_out / fan_in)))",
            ),
            "bias random": ("nn.init.zeros_(module.bias)", "nn.init.normal_(module.bias, std=0.02)"),
        },
    ),
    "layers without a bias not thought of": Kind(
        "You set the bias of every linear layer to zero, also of those that have none. In this model most "
        "layers are made without one, and the code stops at the first of them.",
        {"layers without a bias not thought of": ("if module.bias is not None:", "if True:")},
    ),
    "embedding forgotten": Kind(
        "You leave embeddings as they are. A new one happens to have standard deviation 1, but a model that is "
        "initialised a second time would keep its old vectors.",
        {"embedding forgotten": ("nn.init.normal_(module.weight, std=1.0)", "pass")},
    ),
    "embedding too small": Kind(
        "You initialise the embedding smaller than asked for, as if its entries were going to be summed. One row "
        "is looked up, and its size is that of the token's vector, whose gradient through the norm grows as it "
        "shrinks.",
        {
            "embedding as small as GPT-2's": ("std=1.0", "std=0.02"),
            "embedding by its width": ("std=1.0", "std=module.embedding_dim**-0.5"),
        },
    ),
    "embedding taken for a linear layer": Kind(
        "Your code takes an embedding for a linear layer, since both have a matrix for a weight. It has no "
        "bias to be asked about, so the code stops, and its rows are looked up, not summed over many inputs.",
        {
            "embedding initialised like a linear layer": (
                "isinstance(module, nn.Linear)",
                'hasattr(module, "weight") and module.weight.dim() == 2',
            )
        },
    ),
    "every other module initialised too": Kind(
        "You initialise all other modules as well, the norms among them. A norm is created with weights that "
        "treat all channels alike; at random, they enlarge, flip or silence channels from the start.",
        {
            "every other module initialised too": (
                "elif isinstance(module, nn.Embedding):",
                'elif hasattr(module, "weight"):',
            )
        },
    ),
    "a static method that takes self": Kind(
        "Your method is a `@staticmethod`, which gets no self, but its signature begins with one. The module is taken "
        "for self, and Python says that `module` is missing: leave out either the decorator or self.",
        {
            "a static method that takes self": (
                "    def _init_weights(",
                "    @staticmethod\n    def _init_weights(",
            )
        },
    ),
    "changed while gradients are recorded": Kind(
        "You change a weight in place while autograd records, which is an error in torch for a parameter. The "
        "functions of nn.init disable recording, and so does torch.no_grad().",
        {
            "a weight changed with its gradient recorded": (
                "nn.init.normal_(module.weight, std=1.0)",
                "module.weight.normal_(std=1.0)",
            )
        },
    ),
}
