"""What people write for gpt.GPT.__init__, and why it matters."""

from scripts.workshop.diagnose import Kind

MISTAKES = {
    "super().__init__() forgotten": Kind(
        "You create the parts before torch has prepared the module for them. Torch keeps a list of the parts "
        "of every module, and refuses the first one as long as that list does not exist.",
        {"super().__init__() forgotten": ("super().__init__()", "pass")},
    ),
    "a part missing or misnamed": Kind(
        "Something that the docstring lists is missing from your model, or goes by another name. The forward "
        "pass asks for the configuration and for every part by these names, and stops where it cannot find one.",
        {
            "config not kept": ("self.config = config", "pass"),
            "embedding norm not created": (
                "self.embedding_norm = build_norm(config) if config.embedding_norm else nn.Identity()",
                "pass",
            ),
            "dropout not created": ("self.dropout = nn.Dropout(config.dropout)", "pass"),
            "positions not created": ("self.positions = Positions(config)", "pass"),
            "positions under another name": ("self.positions = ", "self.position_encoding = "),
        },
    ),
    "None for a part": Kind(
        "You put None where the forward pass is going to call a part. A part that does nothing, or that "
        "borrows its weights, still has to be something that can be called, or the first tokens stop with an "
        "error.",
        {
            "embedding norm None instead of nothing": (
                "if config.embedding_norm else nn.Identity()",
                "if config.embedding_norm else None",
            ),
            "no head where it is tied": ("self.lm_head.weight = self.token_embedding.weight", "self.lm_head = None"),
        },
    ),
    "embedding sizes swapped": Kind(
        "Your table has a row for every channel, each as long as the vocabulary. A token looks up a row of its "
        "own, so rows belong to tokens, and every row has the width of the residual stream.",
        {"embedding sizes swapped": ("(config.vocab_size, config.n_embd)", "(config.n_embd, config.vocab_size)")},
    ),
    "embedding kept from learning": Kind(
        "You keep rows of the embedding from learning: the whole table is frozen, or one token is set aside as "
        "padding. Every token of the vocabulary has to find its vector in training, and these never would.",
        {
            "embedding with a padding token": (
                "(config.vocab_size, config.n_embd)",
                "(config.vocab_size, config.n_embd, 0)",
            ),
            "embedding frozen": (
                "nn.Embedding(config.vocab_size, config.n_embd)",
                "nn.Embedding(config.vocab_size, config.n_embd).requires_grad_(False)",
            ),
        },
    ),
    "embedding norm without its setting": Kind(
        "Your code decides for itself whether there is a norm after the embedding, without looking at the "
        "configuration. Some models start their residual stream at unit size and others do not, and weights of "
        "the one kind do not fit the other.",
        {
            "embedding norm always": (" if config.embedding_norm else nn.Identity()", ""),
            "embedding norm never": (
                "self.embedding_norm = build_norm(config) if config.embedding_norm else nn.Identity()",
                "self.embedding_norm = nn.Identity()",
            ),
        },
    ),
    "one norm in both places": Kind(
        "Your final norm is the embedding's norm once more. Norms with weights then share them between two "
        "places with different needs, and a model without a norm after the embedding has none at its end "
        "either.",
        {"one norm in both places": ("self.final_norm = build_norm(config)", "self.final_norm = self.embedding_norm")},
    ),
    "final norm missing": Kind(
        "Your model ends without a norm although its blocks need one; a norm after the embedding cannot stand "
        "in for it. The residual stream grows with every layer, and the head would read vectors of any size.",
        {
            "final norm never": (
                "build_norm(config) if self.blocks[-1].needs_final_norm else nn.Identity()",
                "nn.Identity()",
            ),
            "no final norm where there is one after the embedding": (
                "if self.blocks[-1].needs_final_norm else",
                "if self.blocks[-1].needs_final_norm and not config.embedding_norm else",
            ),
        },
    ),
    "final norm not left to the blocks": Kind(
        "Your code decides by itself whether there is a final norm, instead of asking the blocks, which know. "
        "For some placements of the norms that is wrong: a grown stream reaches the head, or one is normed "
        "that should not be.",
        {
            "final norm always": (" if self.blocks[-1].needs_final_norm else nn.Identity()", ""),
            "final norm with pre-norm only": (
                "if self.blocks[-1].needs_final_norm",
                'if config.norm_position == "pre"',
            ),
            "final norm with everything but post-norm": (
                "if self.blocks[-1].needs_final_norm",
                'if config.norm_position != "post"',
            ),
            "final norm only without a norm behind the sublayers": (
                "if self.blocks[-1].needs_final_norm",
                "if not config.post_norm",
            ),
        },
    ),
    "one kind, whatever is asked for": Kind(
        "Your code names one kind of norm or block, where the configuration says which kind is wanted. The "
        "model runs, but it is another one, and whoever compares the kinds compares one of them with itself.",
        {
            "embedding norm of torch's kind": (
                "self.embedding_norm = build_norm(config)",
                "self.embedding_norm = nn.RMSNorm(config.n_embd, config.norm_eps)",
            ),
            "pre-norm blocks, whatever is asked for": (
                "self.blocks = nn.ModuleList(build_block(config) for",
                ("from .blocks import Block\n        self.blocks = nn.ModuleList(Block(config) for"),
            ),
        },
    ),
    "a norm that is not on the list": Kind(
        "You create one more norm, with weights, that is not on the list and that nothing uses. Its weights "
        "get no gradient, but they are counted, saved, and missed in every file that is loaded.",
        {
            "a learned final norm": (
                "self.config = config",
                ("self.config = config\n        self.norm = nn.RMSNorm(config.n_embd)"),
            )
        },
    ),
    "dropout of another share": Kind(
        "Your dropout drops another share than the configuration names; torch asks for the share that is lost, "
        "and assumes one half if told nothing. Where no dropout is wanted, training would still lose numbers "
        "in every step.",
        {
            "dropout hard-coded": ("self.dropout = nn.Dropout(config.dropout)", "self.dropout = nn.Dropout(0.1)"),
            "dropout left at its default": ("self.dropout = nn.Dropout(config.dropout)", "self.dropout = nn.Dropout()"),
            "the share that is kept, not dropped": (
                "self.dropout = nn.Dropout(config.dropout)",
                "self.dropout = nn.Dropout(1 - config.dropout)",
            ),
        },
    ),
    "head with a bias": Kind(
        "You let the head have a bias, which torch creates unless it is told not to. It is one more number for "
        "every token that this model does not have, and weights from elsewhere no longer match.",
        {"head with a bias": ("config.vocab_size, bias=False)", "config.vocab_size)")},
    ),
    "head tied where it should not be": Kind(
        "Head and embedding share their weights although the configuration asks for separate ones: the setting "
        "is not read, or read the wrong way round. Looking a token up and predicting it are two jobs, for "
        "which an untied model learns different numbers.",
        {
            "head always tied to the embedding": ("if config.weight_tying:", "if True:"),
            "weight tying the wrong way round": ("if config.weight_tying:", "if not config.weight_tying:"),
        },
    ),
    "head not really tied": Kind(
        "Where the configuration ties head and embedding, your model still has two parameters for them, even "
        "if both begin with the same numbers. The optimizer would take a step for each, with its own part of "
        "the gradient only, instead of one with the sum.",
        {
            "weight tying forgotten": ("if config.weight_tying:", "if False:"),
            "tied by a copy": (
                "self.lm_head.weight = self.token_embedding.weight",
                "self.lm_head.weight.data.copy_(self.token_embedding.weight.data)",
            ),
            "tied by the values, not the parameter": (
                "self.lm_head.weight = self.token_embedding.weight",
                "self.lm_head.weight.data = self.token_embedding.weight.data",
            ),
            "tied to a new parameter": (
                "self.lm_head.weight = self.token_embedding.weight",
                "self.lm_head.weight = nn.Parameter(self.token_embedding.weight.detach())",
            ),
        },
    ),
    "blocks in a plain list": Kind(
        "You keep the blocks in an ordinary Python list, into which torch does not look. Their weights are not "
        "found: they are neither trained nor saved, and stay behind when the model moves to another device.",
        {
            "blocks in a plain list": (
                "nn.ModuleList(build_block(config) for _ in range(config.n_layer))",
                "[build_block(config) for _ in range(config.n_layer)]",
            )
        },
    ),
    "one block, repeated": Kind(
        "All layers of your model are one and the same block, listed several times. They share their weights, "
        "so that every layer can only do what the others do, and the model has far less to learn with.",
        {
            "one block, repeated": (
                "nn.ModuleList(build_block(config) for _ in range(config.n_layer))",
                "nn.ModuleList([build_block(config)] * config.n_layer)",
            )
        },
    ),
    "another number of blocks": Kind(
        "Your model has another number of blocks than the configuration names, at least for some "
        "configurations. Every layer gets a context of its own, and in the forward pass blocks and contexts no "
        "longer come out even.",
        {
            "one block too few": ("range(config.n_layer)", "range(1, config.n_layer)"),
            "number of layers hard-coded": ("range(config.n_layer)", "range(2)"),
        },
    ),
    "not one module for all positions": Kind(
        "What you create as positions is something else than the one module that serves all layers. The "
        "forward pass asks it once and wants a list with a context for every layer, of whatever encoding that "
        "layer has.",
        {
            "rotary positions, whatever is asked for": (
                "self.positions = Positions(config)",
                ("from .positions import RotaryPositions\n        self.positions = RotaryPositions(config)"),
            ),
            "positions for every layer": (
                "self.positions = Positions(config)",
                "self.positions = nn.ModuleList(Positions(config) for _ in range(config.n_layer))",
            ),
        },
    ),
}
