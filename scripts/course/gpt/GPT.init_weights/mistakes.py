"""What people write for gpt.GPT.init_weights, and why it matters."""

from scripts.course.gpt.explanations import WEIGHT_REPLACED
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "modules left out": Kind(
        "Your code does not draw the weights of every module: it leaves some out, or does not draw at all. "
        "What is left out keeps the numbers that it had before, of whatever size they were.",
        {
            "nothing drawn": ("self.apply(self._init_weights)", "pass"),
            "drawn in the blocks only": ("self.apply(", "self.blocks.apply("),
            "drawn in the first block only": ("self.apply(", "self.blocks[0].apply("),
            "drawn in the direct children only": (
                "self.apply(self._init_weights)",
                "for child in self.children(): self._init_weights(child)",
            ),
        },
    ),
    "head not zeroed": Kind(
        "Your head starts with random numbers, be they ever so small. Only a head of zeros gives every token "
        "the same probability, so that the first loss is exactly that of a blind guess.",
        {
            "head not zeroed": ("nn.init.zeros_(self.lm_head.weight)", "pass"),
            "head nearly zeroed": (
                "nn.init.zeros_(self.lm_head.weight)",
                "nn.init.normal_(self.lm_head.weight, std=0.001)",
            ),
        },
    ),
    "embedding zeroed": Kind(
        "You set the embedding to zero, directly or through a head that shares its weights. Every token then "
        "looks the same to the model, and with nothing to tell them apart it cannot begin to learn.",
        {
            "head zeroed where it is tied, too": ("if not self.config.weight_tying:", "if True:"),
            "embedding zeroed too": (
                "nn.init.zeros_(self.lm_head.weight)",
                "nn.init.zeros_(self.lm_head.weight); nn.init.zeros_(self.token_embedding.weight)",
            ),
        },
    ),
    "head zeroed only where it is tied": Kind(
        "You zero a head that is tied and leave a separate one random, which is the wrong way round. Zeroing a "
        "tied head wipes out the embedding, and with it all that tells tokens apart.",
        {"head zeroed only where it is tied": ("if not self.config.weight_tying:", "if self.config.weight_tying:")},
    ),
    "head replaced, not zeroed in place": Kind(
        WEIGHT_REPLACED,
        {
            "head replaced, not zeroed in place": (
                "nn.init.zeros_(self.lm_head.weight)",
                "self.lm_head.weight = nn.Parameter(torch.zeros_like(self.lm_head.weight))",
            )
        },
    ),
    "some output projections left out": Kind(
        "You zero some of the output projections and leave others as they were drawn. A sublayer that is left "
        "out adds random vectors to the residual stream from the start, where every block should begin as the "
        "identity.",
        {
            "attention's output projection not zeroed": (
                "name.endswith(OUTPUT_PROJECTIONS)",
                'name.endswith("down_proj")',
            ),
            "the MLP's output projection not zeroed": ("name.endswith(OUTPUT_PROJECTIONS)", 'name.endswith("o_proj")'),
            "zeroed in the last block only": ("self.named_modules()", "self.blocks[-1].named_modules()"),
            "output projections of experts not zeroed": (
                (
                    "for name, module in self.named_modules():\n"
                    "            if name.endswith(OUTPUT_PROJECTIONS):\n"
                    "                nn.init.zeros_(module.weight)"
                ),
                (
                    "for block in self.blocks:\n"
                    "            nn.init.zeros_(block.attn.o_proj.weight)\n"
                    '            if hasattr(block.mlp, "down_proj"):\n'
                    "                nn.init.zeros_(block.mlp.down_proj.weight)"
                ),
            ),
            "first expert's output projection zeroed only": (
                "name.endswith(OUTPUT_PROJECTIONS)",
                "name.endswith(OUTPUT_PROJECTIONS) and not any(f'experts.{n}.' in name for n in range(1, 9))",
            ),
        },
    ),
    "names that never match": Kind(
        "The names that you look at never match, so that no output projection becomes zero. A module's name "
        "starts with the path to it, and a parameter's ends in weight or bias; blocks that should begin as the "
        "identity begin at random.",
        {
            "output projections looked for by their whole name": (
                "name.endswith(OUTPUT_PROJECTIONS)",
                "name in OUTPUT_PROJECTIONS",
            ),
            "looked for among the parameters": ("self.named_modules()", "self.named_parameters()"),
        },
    ),
    "other layers zeroed": Kind(
        "You zero layers that read the residual stream, where only those that write into it are meant. A layer "
        "of zeros gives the same for every token, though the work of these is to tell tokens apart.",
        {
            "up_proj zeroed": ("name.endswith(OUTPUT_PROJECTIONS)", 'name.endswith(("o_proj", "up_proj"))'),
            "queries zeroed": ("name.endswith(OUTPUT_PROJECTIONS)", 'name.endswith(("q_proj", "down_proj"))'),
            "every projection zeroed": ("name.endswith(OUTPUT_PROJECTIONS)", 'name.endswith("proj")'),
            "router zeroed too": (
                "name.endswith(OUTPUT_PROJECTIONS)",
                'name.endswith((*OUTPUT_PROJECTIONS, "router"))',
            ),
        },
    ),
    "output projections other than zero": Kind(
        "You give the output projections another first value than zero. The blocks then change the signal from "
        "the first step, where each should begin as the identity and grow a contribution of its own.",
        {
            "output projections ones": ("nn.init.zeros_(module.weight)", "nn.init.ones_(module.weight)"),
            "output projections smaller instead, as in GPT-2": (
                "nn.init.zeros_(module.weight)",
                "module.weight.data.mul_((2 * len(self.blocks)) ** -0.5)",
            ),
        },
    ),
    "zeroed first, then drawn": Kind(
        "You draw all weights once more after you have set some of them to zero. The zeros of the head and of "
        "the output projections are overwritten, so that the first guesses are random and no block begins as "
        "the identity.",
        {
            "zeroed first, then drawn": (
                "nn.init.zeros_(module.weight)",
                ("nn.init.zeros_(module.weight)\n        self.apply(self._init_weights)"),
            )
        },
    ),
    "nanochat's way in any case": Kind(
        "Whichever known way the configuration names, the weights end up as nanochat draws them. Other models "
        "need other first weights: some, for example, smaller ones the deeper they are.",
        {
            "other ways ignored": ('if self.config.init != "nanochat":', "if False:"),
            "the other way, then nanochat's": ("            return\n", "            pass\n"),
        },
    ),
    "the other way chosen, not called": Kind(
        "You look up the function that draws the weights, but never call it on the model. All weights keep the "
        "numbers that they had before, and training starts from whatever those are.",
        {"the other way chosen, not called": ("self.config.init)(self)", "self.config.init)")},
    ),
    "unknown name not refused as asked": Kind(
        "A name that nobody knows is not refused in the way that is asked for, with a ValueError that shows "
        "it. After a slip in the configuration you want to read what is wrong, not to train from weights that "
        "were made for another model, or puzzle over another error.",
        {
            "the other way always GPT-2's": (
                'choose({"nanochat": None} | INITS, "init", self.config.init)(self)',
                'INITS["gpt2"](self)',
            ),
            "an unknown way passed over": (
                'choose({"nanochat": None} | INITS, "init", self.config.init)(self)',
                "INITS.get(self.config.init, lambda model: None)(self)",
            ),
            "an unknown way a KeyError": (
                'choose({"nanochat": None} | INITS, "init", self.config.init)(self)',
                "INITS[self.config.init](self)",
            ),
            "the unknown way not named": (
                'choose({"nanochat": None} | INITS, "init", self.config.init)(self)',
                (
                    "if self.config.init not in INITS:\n"
                    '                raise ValueError("there is no such way")\n'
                    "            INITS[self.config.init](self)"
                ),
            ),
        },
    ),
}
