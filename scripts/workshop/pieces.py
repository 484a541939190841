"""The pieces: every function that the learner writes, in the order in which the run asks for them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Piece:
    id: str  # where it stands: file, class, function
    phase: str
    todo: str  # one line: what to write
    why: str  # one sentence: why it matters
    requires: tuple[str, ...] = ()  # ids of the pieces that it calls
    track: str = "nanochat"

    @property
    def module(self) -> str:
        return self.id.partition(".")[0]

    @property
    def file(self) -> str:
        return f"{self.module}.py"

    @property
    def qualname(self) -> str:
        """The name inside its file: `GPT.forward`."""
        return self.id.partition(".")[2]


INITIALISE, INIT_WEIGHTS, FORWARD, OPTIMISE, GENERATE = (
    "1. Initialise",
    "2. Init weights",
    "3. Forward",
    "4. Optimise",
    "5. Generate",
)

NORMS = "Every norm"

PIECES = (
    Piece(
        "gpt.GPT.__init__",
        INITIALISE,
        "create embedding, blocks, head and the two norms between them; register the rotary tables as buffers",
        "It is the whole model at a glance: tokens become vectors, blocks work on them, a head turns them into logits.",
        requires=("blocks.Block.__init__", "positions.precompute_rotary_tables"),
    ),
    Piece(
        "blocks.Block.__init__",
        INITIALISE,
        "create the two sublayers, attn and mlp, and a norm for each",
        "A transformer is this one block, repeated.",
        requires=("attention.CausalSelfAttention.__init__", "feed_forward.MLP.__init__"),
    ),
    Piece(
        "attention.CausalSelfAttention.__init__",
        INITIALISE,
        "create the four projections, with fewer heads for keys and values than for queries where asked",
        "Queries ask, keys answer, values carry: three views of the same token, each a learned matrix.",
    ),
    Piece(
        "feed_forward.MLP.__init__",
        INITIALISE,
        "create up_proj, four times as wide as the residual stream, and down_proj, back again",
        "Two thirds of a block's weights are here; this is where most of what a model knows is kept.",
    ),
    Piece(
        "positions.precompute_rotary_tables",
        INITIALISE,
        "return the cosines and sines of position times frequency, one row a position, one column a pair",
        "Attention sees a set, not a sequence; these angles are all that it will ever know about order.",
    ),
    Piece(
        "gpt.GPT.init_weights",
        INIT_WEIGHTS,
        "draw every module's weights, then zero the head and every output projection",
        "A model that starts as the identity starts calmly, at any depth: its first loss is exactly ln(V).",
        requires=("gpt.GPT._init_weights",),
    ),
    Piece(
        "gpt.GPT._init_weights",
        INIT_WEIGHTS,
        "draw a Linear's weights with a spread that follows its shape, and an Embedding's with spread one",
        "Too large and the activations explode from layer to layer, too small and they vanish.",
    ),
    Piece(
        "gpt.GPT.forward",
        FORWARD,
        "embed, norm, run the blocks, norm, head, soft cap; with targets, the mean cross-entropy",
        "Here everything comes together: after this one the model can be asked what it thinks comes next.",
        requires=("blocks.Block.forward", "norms.rms_norm", "gpt.GPT.__init__"),
    ),
    Piece(
        "norms.rms_norm",
        FORWARD,
        "divide every vector by its root mean square",
        "It keeps every layer's input at the same size, however large the residual stream has grown.",
    ),
    Piece(
        "blocks.Block.forward",
        FORWARD,
        "x + attn(N(x)), then the same with the MLP",
        "The sum keeps a straight road open from the loss to every layer; that is what makes depth trainable.",
        requires=("attention.CausalSelfAttention.forward", "feed_forward.MLP.forward", "norms.rms_norm"),
    ),
    Piece(
        "attention.CausalSelfAttention.forward",
        FORWARD,
        "let every token attend to itself and the tokens before it",
        "It is the only place in the model where tokens talk to each other.",
        requires=("positions.apply_rotary", "norms.rms_norm", "attention.CausalSelfAttention.__init__"),
    ),
    Piece(
        "positions.apply_rotary",
        FORWARD,
        "turn each pair of numbers in a head by the angle of its position",
        "After the turn, a query and a key know how far apart they stand, and nothing else about where.",
    ),
    Piece(
        "feed_forward.MLP.forward",
        FORWARD,
        "up_proj, squared ReLU, down_proj",
        "Without something that is not linear between them, two layers are only one.",
        requires=("feed_forward.MLP.__init__",),
    ),
    Piece(
        "optimizers.setup_optimizers",
        OPTIMISE,
        "give the head and the embedding to AdamW and every matrix of the blocks to Muon",
        "A row that stands for one token and a matrix that maps vectors to vectors want different steps.",
        requires=("gpt.GPT.get_device",),
    ),
    Piece(
        "gpt.GPT.get_device",
        OPTIMISE,
        "return the device that the weights are on",
        "Tensors on different devices cannot meet; ask the model instead of guessing.",
    ),
    Piece(
        "flops.estimate_flops",
        OPTIMISE,
        "count the operations of one training step, per token",
        "Whoever can count what a step costs can say how well the hardware is used, and what a bigger model will take.",
    ),
    Piece(
        "generation.generate",
        GENERATE,
        "append tokens one at a time, each drawn from the model's own distribution",
        "A language model only ever says how likely the next token is; this loop is what makes it write.",
        requires=("gpt.GPT.forward",),
    ),
    Piece(
        "norms.LayerNorm.forward",
        NORMS,
        "layer_norm(x) * weight + bias",
        "The norm of the first transformers: the model chooses size and centre of every channel for itself.",
        requires=("norms.layer_norm",),
        track="norms",
    ),
    Piece(
        "norms.layer_norm",
        NORMS,
        "subtract every vector's mean, divide by its standard deviation",
        "Beside RMS norm it shows what the mean is worth: little, which is why most models have dropped it.",
        track="norms",
    ),
    Piece(
        "norms.LayerNormNoBias.forward",
        NORMS,
        "layer_norm(x) * weight",
        "A bias on every norm costs little and brings little; several large models leave it out.",
        requires=("norms.layer_norm",),
        track="norms",
    ),
    Piece(
        "norms.LayerNormNoParam.forward",
        NORMS,
        "layer_norm(x), and nothing else",
        "OLMo 1 was trained without a single weight in its norms, and was the more stable for it.",
        requires=("norms.layer_norm",),
        track="norms",
    ),
    Piece(
        "norms.RMSNorm.forward",
        NORMS,
        "rms_norm(x) * weight",
        "The norm of Llama and most that came after it.",
        requires=("norms.rms_norm",),
        track="norms",
    ),
    Piece(
        "norms.RMSNormPlusOne.forward",
        NORMS,
        "rms_norm(x) * (1 + weight), all of it in float32 at least",
        "Gemma's norm: written this way, weight decay pulls towards doing nothing, not towards zero.",
        requires=("norms.rms_norm",),
        track="norms",
    ),
    Piece(
        "norms.DyT.forward",
        NORMS,
        "tanh(alpha * x) * weight + bias",
        "No mean, no variance, and it still trains: a good question to put to every theory of why norms work.",
        track="norms",
    ),
)

BY_ID = {piece.id: piece for piece in PIECES}
FILES = tuple(dict.fromkeys(piece.file for piece in PIECES))


@dataclass(frozen=True)
class Track:
    """What `learn` trains, one run after the other, to see a set of pieces at work."""

    name: str
    runs: tuple[dict, ...]  # for each run, the settings of scripts/train.py that differ from its defaults

    @property
    def pieces(self) -> tuple[Piece, ...]:
        return tuple(piece for piece in PIECES if piece.track == self.name)


def variants(field: str, *values: str) -> tuple[dict, ...]:
    """Short runs of the tiny model, one for each value of a field of its configuration."""
    return tuple({"overrides": {field: value}, "max_iters": 30, "eval_tokens": 4096} for value in values)


TRACKS = (
    Track("nanochat", runs=({},)),
    Track(
        "norms",
        variants(
            "normalization",
            "layernorm",
            "layernorm_nobias",
            "layernorm_noparam",
            "rmsnorm",
            "rmsnorm_plus_one",
            "dyt",
        ),
    ),
)
