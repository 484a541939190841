"""What people write for gpt.GPT.__init__, and why it matters."""

from scripts.workshop.diagnose import Kind

MISTAKES = {
    "a part missing or misnamed": Kind(
        "Something that the docstring lists is missing from your model, or goes by another name. The forward "
        "pass asks for the configuration and for every part by these names, and stops where it cannot find one.",
        {"positions under another name": ("self.positions = ", "self.position_encoding = ")},
    ),
    "a bare table for the embedding": Kind(
        "Your embedding is the table alone, where `build_embedding` gives a module that also takes the positions "
        "and norms what it looks up. Without that norm the residual stream starts at whatever size the table has.",
        {
            "a bare table for the embedding": (
                "self.embedding = build_embedding(config)",
                "self.embedding = nn.Embedding(config.vocab_size, config.n_embd)",
            )
        },
    ),
    "embedding kept from learning": Kind(
        "You freeze the weights of the embedding. Every token of the vocabulary has to learn its vector in "
        "training, and these would stay as they were initialised.",
        {"embedding frozen": ("build_embedding(config)\n", "build_embedding(config).requires_grad_(False)\n")},
    ),
    "a bare matrix for the head": Kind(
        "Your head is the matrix alone, where `build_head` gives a module with the final norm and the soft cap, "
        "which also knows the loss. The matrix would read a residual stream that has grown with every block.",
        {
            "a bare matrix for the head": (
                "self.head = build_head(config, self.embedding)",
                "self.head = nn.Linear(config.n_embd, config.vocab_size, bias=False)",
            )
        },
    ),
    "head tied to the embedding": Kind(
        "Head and embedding share one parameter in your model, where nanochat has two. Looking a token up and "
        "predicting it are two jobs, for which an untied model learns different weights.",
        {
            "head tied to the embedding": (
                "self.head = build_head(config, self.embedding)",
                "self.head = build_head(config, self.embedding)\n"
                "        self.head.lm_head.weight = self.embedding.token_embedding.weight",
            )
        },
    ),
    "a head for another embedding": Kind(
        "You hand `build_head` another embedding than the model's own. Where the configuration ties the head to the "
        "embedding, it is tied to one that nobody reads, and the model has a whole table of weights too many.",
        {
            "a head for another embedding": (
                "self.head = build_head(config, self.embedding)",
                "self.head = build_head(config, build_embedding(config))",
            )
        },
    ),
    "a norm that is not on the list": Kind(
        "You create one more norm, with weights, that is not on the list and that nothing uses. Its weights "
        "get no gradient, but they are counted, saved, and missed in every file that is loaded.",
        {
            "a learned final norm": (
                "self.config = config",
                "self.config = config\n        self.norm = nn.RMSNorm(config.n_embd)",
            )
        },
    ),
    "blocks in a plain list": Kind(
        "You keep the blocks in an ordinary Python list, whose modules torch does not register. Their weights are "
        "neither trained nor saved, and stay behind when the model moves to another device.",
        {
            "blocks in a plain list": (
                "nn.ModuleList(build_block(config, layer) for layer in range(config.n_layer))",
                "[build_block(config, layer) for layer in range(config.n_layer)]",
            )
        },
    ),
    "one block, repeated": Kind(
        "All layers of your model are one and the same block, listed several times. They share their weights, "
        "so that every layer can only do what the others do, and the model has far less to learn with.",
        {
            "one block, repeated": (
                "nn.ModuleList(build_block(config, layer) for layer in range(config.n_layer))",
                "nn.ModuleList([build_block(config, 0)] * config.n_layer)",
            )
        },
    ),
    "another number of blocks": Kind(
        "Your model does not have config.n_layer blocks, at least for some configurations. The forward pass "
        "pairs every block with the context of its layer, and the two lists no longer have one length.",
        {
            "one block too few": ("range(config.n_layer)", "range(1, config.n_layer)"),
            "number of layers hard-coded": ("range(config.n_layer)", "range(2)"),
        },
    ),
    "one kind of block, whatever is asked for": Kind(
        "Your code names one class of block, where `build_block` makes the one that the configuration asks for. "
        "The model runs with every placement of the norms, but it is the same model each time.",
        {
            "one kind of block, whatever is asked for": (
                "self.blocks = nn.ModuleList(build_block(config, layer) for",
                "from .blocks import Block\n        self.blocks = nn.ModuleList(Block(config) for",
            )
        },
    ),
    "one kind of embedding, whatever is asked for": Kind(
        "Your code names one class of embedding, where `build_embedding` makes the one that the configuration "
        "asks for. Positions that a model adds to its embeddings would be missing.",
        {
            "one kind of embedding, whatever is asked for": (
                "self.embedding = build_embedding(config)",
                "from .embedding import NormedEmbedding\n        self.embedding = NormedEmbedding(config)",
            )
        },
    ),
    "not one module for all positions": Kind(
        "What you create as positions is something else than the one module that serves all layers. The forward pass "
        "calls it once and needs a list with a context for every layer.",
        {
            "rotary positions alone": (
                "self.positions = Positions(config)",
                "from .positions import RotaryPositions\n        self.positions = RotaryPositions(config)",
            ),
            "positions for every layer": (
                "self.positions = Positions(config)",
                "self.positions = nn.ModuleList(Positions(config) for _ in range(config.n_layer))",
            ),
        },
    ),
    "layers not told apart": Kind(
        "You do not tell every block which layer it is. Models whose layers differ (a window in every second one, a lambda "
        "that grows with the depth) get the same attention everywhere.",
        {
            "every block the first layer": ("build_block(config, layer) for", "build_block(config, 0) for"),
            "layers counted from 1": ("build_block(config, layer) for", "build_block(config, layer + 1) for"),
        },
    ),
}
