"""What people write for attentions.differential.DifferentialAttention.__init__, and why it matters."""

from scripts.course.attentions.explanations import PLAIN_TENSOR
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import HARD_CODED

MISTAKES = {
    "lambda_init class not set up": Kind(
        "You do not call the constructor of ordinary attention, or call it without the configuration. The "
        "projections, norms and backend that this kind of attention works with are then never made.",
        {
            "super().__init__() forgotten": ("super().__init__(config, layer)", "nn.Module.__init__(self)"),
            "super().__init__() without the configuration": ("super().__init__(config, layer)", "super().__init__()"),
        },
    ),
    "other numbers of heads refused": Kind(
        "Your condition raises an error for the wrong numbers of heads. The values of two key/value heads are "
        "concatenated, and where the number of these is odd, one of them has no partner.",
        {
            "odd numbers of heads let through": ("if config.n_kv_head % 2:", "if False:"),
            "even numbers of heads refused": ("if config.n_kv_head % 2:", "if config.n_kv_head % 2 == 0:"),
            "query heads asked, not key heads": ("if config.n_kv_head % 2:", "if config.n_head % 2:"),
            "only a single head refused": ("if config.n_kv_head % 2:", "if config.n_kv_head == 1:"),
        },
    ),
    "another error raised": Kind(
        "You raise another kind of error than the one that is asked for. The caller expects that kind where a "
        "configuration makes no sense, and yours would look like a fault in the program.",
        {"another error raised": ("raise ValueError(", "raise AssertionError(")},
    ),
    "number not named": Kind(
        "Your error does not say which number was given. Its reader has to search for what is wrong, perhaps in "
        "a configuration that was put together by a program.",
        {"the number not named": ('f"n_kv_head = {config.n_kv_head}: differential', '"n_kv_head: differential')},
    ),
    "eps hard-coded": Kind(HARD_CODED, {"eps hard-coded": ("self.norm_eps = config.norm_eps", "self.norm_eps = 1e-5")}),
    "lambda vectors of another spread": Kind(
        "You initialise the vectors of lambda with another standard deviation than asked for. Too large, lambda "
        "starts far away from lambda_init; too small, the vectors get hardly any gradient, since each gets it "
        "through its partner.",
        {
            "lambda vectors of normal size": ("0.1 * torch.randn", "torch.randn"),
            "lambda vectors ten times too small": ("0.1 * torch.randn", "0.01 * torch.randn"),
            "lambda vectors by the root of the size": (
                "0.1 * torch.randn(config.head_dim)",
                "torch.randn(config.head_dim) * config.head_dim**-0.5",
            ),
            "0.1 taken for a variance": ("0.1 * torch.randn", "0.1**0.5 * torch.randn"),
        },
    ),
    "lambda vectors of zeros": Kind(
        "You start the vectors of lambda at zero. Each of them gets its gradient multiplied by its partner, "
        "which is zero too, so that none of them ever moves.",
        {"lambda vectors of zeros": ("0.1 * torch.randn(config.head_dim)", "torch.zeros(config.head_dim)")},
    ),
    "lambda vectors that start equal": Kind(
        "You initialise all four vectors of lambda with the same values. The two of a pair then get the same "
        "gradient in every step and stay equal for good, so that half of their elements are wasted.",
        {
            "lambda vectors of ones": ("0.1 * torch.randn(config.head_dim)", "torch.ones(config.head_dim)"),
            "lambda vectors all a tenth": ("0.1 * torch.randn(config.head_dim)", "torch.full((config.head_dim,), 0.1)"),
            "one vector for all four": (
                (
                    '        for name in ("lambda_q1", "lambda_k1", "lambda_q2", "lambda_k2"):\n'
                    "            setattr(self, name, nn.Parameter(0.1 * torch.randn(config.head_dim)))"
                ),
                (
                    "        vector = 0.1 * torch.randn(config.head_dim)\n"
                    '        for name in ("lambda_q1", "lambda_k1", "lambda_q2", "lambda_k2"):\n'
                    "            setattr(self, name, nn.Parameter(vector.clone()))"
                ),
            ),
        },
    ),
    "one parameter for all four": Kind(
        "You keep one and the same parameter under all four names. The two exponentials are then always equal, "
        "and lambda can never leave lambda_init, whatever the model learns.",
        {
            "one parameter for all four": (
                (
                    '        for name in ("lambda_q1", "lambda_k1", "lambda_q2", "lambda_k2"):\n'
                    "            setattr(self, name, nn.Parameter(0.1 * torch.randn(config.head_dim)))"
                ),
                (
                    "        vector = nn.Parameter(0.1 * torch.randn(config.head_dim))\n"
                    '        for name in ("lambda_q1", "lambda_k1", "lambda_q2", "lambda_k2"):\n'
                    "            setattr(self, name, vector)"
                ),
            )
        },
    ),
    "lambda vectors drawn uniformly": Kind(
        "You initialise from a uniform distribution where a normal one is asked for. It has hard bounds in "
        "place of a few large values, and another standard deviation or mean where its interval does not fit.",
        {
            "lambda vectors uniform": ("0.1 * torch.randn", "0.1 * torch.rand"),
            "lambda vectors uniform, of the right spread": (
                "0.1 * torch.randn(config.head_dim)",
                "0.1 * 12**0.5 * (torch.rand(config.head_dim) - 0.5)",
            ),
        },
    ),
    "two vectors only": Kind(
        "You make one pair of vectors where two are needed. The term of the second is subtracted from that of "
        "the first, which lets lambda shrink as well as grow, and without it the forward pass stops.",
        {"two vectors only": ('("lambda_q1", "lambda_k1", "lambda_q2", "lambda_k2")', '("lambda_q1", "lambda_k1")')},
    ),
    "lambda vectors under other names": Kind(
        "You keep the vectors of lambda under other names than lambda_q1, lambda_k1, lambda_q2 and lambda_k2. "
        "The forward pass does not find them, and neither do saved weights.",
        {"lambda vectors under other names": ("setattr(self, name,", 'setattr(self, name.replace("lambda", "share"),')},
    ),
    "lambda vectors not learned": Kind(
        PLAIN_TENSOR,
        {
            "lambda vectors that are not learned": (
                "nn.Parameter(0.1 * torch.randn(config.head_dim))",
                "0.1 * torch.randn(config.head_dim)",
            )
        },
    ),
    "lambda vectors of another shape": Kind(
        "Your vectors of lambda do not have the shape (D,). All heads of a layer use the same four, each as "
        "long as the query of one head; with another length lambda starts and learns differently, or cannot be "
        "computed.",
        {
            "lambda vectors for every head": (
                "torch.randn(config.head_dim)",
                "torch.randn(config.n_head, config.head_dim)",
            ),
            "lambda vectors of all heads together": (
                "torch.randn(config.head_dim)",
                "torch.randn(config.n_head * config.head_dim)",
            ),
            "lambda vectors of half a head": ("torch.randn(config.head_dim)", "torch.randn(config.head_dim // 2)"),
            "lambda vectors by the width over the heads": (
                "torch.randn(config.head_dim)",
                "torch.randn(config.n_embd // config.n_head)",
            ),
            "lambda vectors of one number": ("torch.randn(config.head_dim)", "torch.randn(1)"),
        },
    ),
    "a norm with weights": Kind(
        "You create a norm with weights for the attention output. It is normalised without any here, so that "
        "yours would never be used and never learn.",
        {
            "a norm with weights": (
                "self.norm_eps = config.norm_eps",
                ("self.norm_eps = config.norm_eps\n        self.norm = nn.RMSNorm(2 * config.head_dim)"),
            )
        },
    ),
    "twice as many heads": Kind(
        "You double the heads before you pass the configuration on. The two halves are those of the heads that "
        "are there; with twice as many, the projections cost twice as much and fit no trained model.",
        {
            "twice as many heads": (
                "super().__init__(config, layer)",
                "from dataclasses import replace\n\n"
                "        super().__init__(replace(config, n_head=2 * config.n_head, n_kv_head=2 * config.n_kv_head), layer)",
            )
        },
    ),
    "layers counted from another number": Kind(
        "You do not count the layers from zero. Every layer then gets the lambda_init that is meant for the one "
        "above or below it, and a trained model subtracts the wrong part of the noise.",
        {
            "layers counted from 1": ("* layer)", "* (layer + 1))"),
            "layers counted from 1, as the paper does, and one taken off": (
                "* layer)",
                "* (layer - 1))",
            ),
        },
    ),
    "the same lambda_init in every layer": Kind(
        "Your lambda_init is the same in every layer. It should be small in the first and grow with the depth, "
        "so that deeper layers start out subtracting more of the noise.",
        {
            "the layer forgotten": (" * layer)", ")"),
            "layer of zero for all": ("* layer", "* 0"),
            "lambda_init always 0.8": ("0.8 - 0.6 * math.exp(-0.3 * layer)", "0.8"),
        },
    ),
    "lambda_init on another curve": Kind(
        "Your lambda_init follows another curve than the one from a fifth, in the first layer, towards four fifths. "
        "What comes out is multiplied by one minus lambda_init, and gets another size or even another sign.",
        {
            "lambda_init without the exponential": ("math.exp(-0.3 * layer)", "(-0.3 * layer)"),
            "lambda_init that falls with the depth": (
                "math.exp(-0.3 * layer)",
                "math.exp(0.3 * layer)",
            ),
            "lambda_init that starts at 0.6": ("0.8 - 0.6 *", "0.6 - 0.8 *"),
            "lambda_init added to 0.8": ("0.8 - 0.6", "0.8 + 0.6"),
        },
    ),
}
