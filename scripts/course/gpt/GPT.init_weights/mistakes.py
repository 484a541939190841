"""What people write for gpt.GPT.init_weights, and why it matters."""

from scripts.course.gpt.explanations import WEIGHT_REPLACED
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "modules left out": Kind(
        "Your code does not initialise every module: it leaves some out, or does nothing at all. What is left "
        "out keeps the weights that it had before, of whatever size they were.",
        {
            "nothing initialised": ("self.apply(self._init_weights)", "pass"),
            "the blocks only": ("self.apply(", "self.blocks.apply("),
            "the first block only": ("self.apply(", "self.blocks[0].apply("),
            "the direct children only": (
                "self.apply(self._init_weights)",
                "for child in self.children(): self._init_weights(child)",
            ),
        },
    ),
    "head not zeroed": Kind(
        "Your head starts with random weights, be they ever so small. Only a head of zeros gives every token "
        "the same probability, so that the first loss is exactly ln(V), that of a uniform guess.",
        {
            "head not zeroed": ("nn.init.zeros_(self.head.lm_head.weight)", "pass"),
            "head nearly zeroed": (
                "nn.init.zeros_(self.head.lm_head.weight)",
                "nn.init.normal_(self.head.lm_head.weight, std=0.001)",
            ),
        },
    ),
    "embedding zeroed": Kind(
        "You set the embedding to zero. Every token then has the same vector, and with nothing to tell them apart the "
        "model cannot begin to learn.",
        {
            "embedding zeroed too": (
                "nn.init.zeros_(self.head.lm_head.weight)",
                "nn.init.zeros_(self.head.lm_head.weight); nn.init.zeros_(self.embedding.token_embedding.weight)",
            ),
            "embedding zeroed, not the head": (
                "nn.init.zeros_(self.head.lm_head.weight)",
                "nn.init.zeros_(self.embedding.token_embedding.weight)",
            ),
        },
    ),
    "head replaced, not zeroed in place": Kind(
        WEIGHT_REPLACED,
        {
            "head replaced, not zeroed in place": (
                "nn.init.zeros_(self.head.lm_head.weight)",
                "self.head.lm_head.weight = nn.Parameter(torch.zeros_like(self.head.lm_head.weight))",
            )
        },
    ),
    "some output projections left out": Kind(
        "You zero some of the output projections and leave others as they were initialised. A sublayer that is "
        "left out adds random vectors to the residual stream from the start, where every block should begin as "
        "the identity.",
        {
            "attention's output projection not zeroed": (
                'name.endswith(("o_proj", "down_proj"))',
                'name.endswith("down_proj")',
            ),
            "the MLP's output projection not zeroed": (
                'name.endswith(("o_proj", "down_proj"))',
                'name.endswith("o_proj")',
            ),
            "zeroed in the last block only": ("self.blocks.named_modules()", "self.blocks[-1].named_modules()"),
            "zeroed in all blocks but the last": ("self.blocks.named_modules()", "self.blocks[:-1].named_modules()"),
        },
    ),
    "names that never match": Kind(
        "The names that you compare never match, so that no output projection becomes zero. A module's name starts "
        "with the path to it, and a parameter's ends in weight; blocks that should begin as the identity begin at "
        "random.",
        {
            "output projections looked for by their whole name": (
                'name.endswith(("o_proj", "down_proj"))',
                'name in ("o_proj", "down_proj")',
            ),
            "looked for among the parameters": ("self.blocks.named_modules()", "self.blocks.named_parameters()"),
        },
    ),
    "other layers zeroed": Kind(
        "You zero layers that read the residual stream, where only those that write into it are meant. Their "
        "output is then the same for every token, and no gradient passes through two zero matrices in a row.",
        {
            "up_proj zeroed": ('("o_proj", "down_proj")', '("o_proj", "up_proj")'),
            "queries zeroed": ('("o_proj", "down_proj")', '("q_proj", "down_proj")'),
            "every layer zeroed that gives vectors of the stream's width": (
                'name.endswith(("o_proj", "down_proj"))',
                "isinstance(module, nn.Linear) and module.out_features == self.config.n_embd",
            ),
            "every projection zeroed": ('name.endswith(("o_proj", "down_proj"))', 'name.endswith("proj")'),
        },
    ),
    "output projections other than zero": Kind(
        "You initialise the output projections to something else than zero. The blocks then change the signal "
        "from the first step, where each should begin as the identity and grow a contribution of its own.",
        {
            "output projections ones": ("nn.init.zeros_(module.weight)", "nn.init.ones_(module.weight)"),
            "output projections smaller instead, as in GPT-2": (
                "nn.init.zeros_(module.weight)",
                "module.weight.data.mul_((2 * len(self.blocks)) ** -0.5)",
            ),
            "output projections as in GPT-2": (
                "nn.init.zeros_(module.weight)",
                "nn.init.normal_(module.weight, std=0.02 / math.sqrt(2 * len(self.blocks)))",
            ),
        },
    ),
    "nothing zero in the end": Kind(
        "Neither the head nor the output projections of the blocks are zero in the end: they never become it, or are "
        "initialised once more afterwards. So the first guesses are random, and no block begins as the identity.",
        {
            "nothing zeroed": (
                """        # Zero the head: all tokens are equally likely, and the first loss is ln(V).
        nn.init.zeros_(self.head.lm_head.weight)
        # Zero what every sublayer adds to the residual stream: each block starts as the identity.
        for name, module in self.blocks.named_modules():
            if name.endswith(("o_proj", "down_proj")):
                nn.init.zeros_(module.weight)
""",
                "",
            ),
            "zeroed first, then initialised once more": (
                "nn.init.zeros_(module.weight)",
                "nn.init.zeros_(module.weight)\n        self.apply(self._init_weights)",
            ),
            "zeroed first, then initialised": (
                """        # Initialise every module by itself: `apply` visits them all.
        self.apply(self._init_weights)
        # Zero the head: all tokens are equally likely, and the first loss is ln(V).
        nn.init.zeros_(self.head.lm_head.weight)
        # Zero what every sublayer adds to the residual stream: each block starts as the identity.
        for name, module in self.blocks.named_modules():
            if name.endswith(("o_proj", "down_proj")):
                nn.init.zeros_(module.weight)
""",
                """        # Zero the head: all tokens are equally likely, and the first loss is ln(V).
        nn.init.zeros_(self.head.lm_head.weight)
        # Zero what every sublayer adds to the residual stream: each block starts as the identity.
        for name, module in self.blocks.named_modules():
            if name.endswith(("o_proj", "down_proj")):
                nn.init.zeros_(module.weight)
        self.apply(self._init_weights)
""",
            ),
        },
    ),
    "changed while gradients are recorded": Kind(
        "You change a weight in place while autograd records, which is an error in torch for a parameter. The "
        "functions of nn.init disable recording, and so does torch.no_grad().",
        {
            "the head zeroed with its gradient recorded": (
                "nn.init.zeros_(self.head.lm_head.weight)",
                "self.head.lm_head.weight.zero_()",
            )
        },
    ),
}
