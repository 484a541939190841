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

NORMS, PLACEMENTS, POSITIONS, FEED_FORWARD, ATTENTION, FLASH, LATENT, INFERENCE, OPTIMIZERS = (
    "Every norm",
    "Every place for a norm",
    "Every way to tell positions",
    "Every feed-forward",
    "Every attention",
    "Flash attention",
    "Latent attention",
    "Inference",
    "Every optimizer",
)

PIECES = (
    Piece(
        "gpt.GPT.__init__",
        INITIALISE,
        "create embedding, blocks, head, positions, and the two norms where the configuration wants them",
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
        "create the four projections, with fewer heads for keys and values where asked, the two QK norms, the backend",
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
        "x + attn_scale * attn(N(x)), then x + mlp(N(x))",
        "The sum keeps a straight road open from the loss to every layer; that is what makes depth trainable.",
        requires=("attention.CausalSelfAttention.forward", "feed_forward.MLP.forward", "norms.rms_norm"),
    ),
    Piece(
        "attention.CausalSelfAttention.forward",
        FORWARD,
        "make queries, keys and values, norm and turn them, let them attend, project what they found",
        "It is the only place in the model where tokens talk to each other.",
        requires=(
            "positions.apply_rotary",
            "norms.rms_norm",
            "attention.CausalSelfAttention.__init__",
            "backends.manual_attention",
        ),
    ),
    Piece(
        "positions.apply_rotary",
        FORWARD,
        "turn each pair of numbers in a head by the angle of its position",
        "After the turn, a query and a key know how far apart they stand, and nothing else about where.",
    ),
    Piece(
        "backends.manual_attention",
        FORWARD,
        "scores of all queries and keys, softmax over those that may be seen, weighted mean of the values",
        "This is attention itself, in four lines; everything around it only prepares it.",
        requires=("positions.visible_keys",),
    ),
    Piece(
        "positions.visible_keys",
        FORWARD,
        "say which keys every query may see: no later ones, and with a window only the nearest",
        "One key too many and the model reads the answer: the loss falls beautifully, and it has learned nothing.",
    ),
    Piece(
        "feed_forward.MLP.forward",
        FORWARD,
        "up_proj, activation, down_proj, dropout",
        "Without something that is not linear between them, two layers are only one.",
        requires=("feed_forward.MLP.__init__",),
    ),
    Piece(
        "norms.soft_cap",
        FORWARD,
        "cap * tanh(x / cap)",
        "A model that is too sure of itself has nothing left to learn from; the cap keeps every logit in reach.",
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
        requires=("gpt.GPT.forward", "generation.next_token_distribution"),
    ),
    Piece(
        "generation.next_token_distribution",
        GENERATE,
        "turn logits into probabilities, sharper or flatter by the temperature, of the top_k best only",
        "The model is the same; between dull and mad lies only how you draw from it.",
    ),
    Piece(
        "norms.LayerNorm.forward",
        NORMS,
        "layer_norm(x) * weight + bias",
        "The norm of the first transformers: the model chooses size and centre of every channel for itself.",
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
        "norms.layer_norm",
        NORMS,
        "subtract every vector's mean, divide by its standard deviation",
        "Beside RMS norm it shows what the mean is worth: little, which is why most models have dropped it.",
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
    Piece(
        "blocks.PostNormBlock.forward",
        PLACEMENTS,
        "N(x + attn_scale * attn(x)), then N(x + mlp(x))",
        "The first transformer stood this way; deep ones only train like it if the learning rate starts near zero.",
        requires=("blocks.Block.__init__",),
        track="placements",
    ),
    Piece(
        "blocks.NoNormBlock.forward",
        PLACEMENTS,
        "x + attn_scale * attn(x), then x + mlp(x)",
        "Without a control, nobody can say what a norm is good for.",
        track="placements",
    ),
    Piece(
        "blocks.SandwichNormBlock.forward",
        PLACEMENTS,
        "x + attn_scale * N(attn(N(x))), then x + N(mlp(N(x)))",
        "Gemma's: what goes in and what comes out are both held at a fixed size.",
        requires=("blocks.Block.__init__",),
        track="placements",
    ),
    Piece(
        "blocks.OutputNormBlock.forward",
        PLACEMENTS,
        "x + attn_scale * N(attn(x)), then x + N(mlp(x))",
        "OLMo 2's: the stream is read as it is, and only what is added to it is held in check.",
        requires=("blocks.Block.__init__",),
        track="placements",
    ),
    Piece(
        "blocks.ParallelBlock.forward",
        PLACEMENTS,
        "x + attn_scale * attn(N(x)) + mlp(N(x)), with one norm for both",
        "Two sublayers that need not wait for each other make faster layers, at hardly any cost in quality.",
        track="placements",
    ),
    Piece(
        "blocks.ParallelTwoNormsBlock.forward",
        PLACEMENTS,
        "x + attn_scale * attn(N1(x)) + mlp(N2(x)), each with its own norm",
        "GPT-NeoX meant to share the norm and did not: whoever loads its weights needs both.",
        requires=("blocks.Block.__init__",),
        track="placements",
    ),
    Piece(
        "blocks.DeepNormBlock.__init__",
        PLACEMENTS,
        "create what Block creates, and keep alpha",
        "One number that follows the depth is what made a thousand layers trainable.",
        requires=("blocks.Block.__init__",),
        track="placements",
    ),
    Piece(
        "initialization.init_deepnorm",
        PLACEMENTS,
        "draw Xavier weights, smaller in what a sublayer reads from and adds to the stream",
        "The other half of DeepNorm: a stream made heavier, and additions made lighter.",
        track="placements",
    ),
    Piece(
        "blocks.DeepNormBlock.forward",
        PLACEMENTS,
        "N(alpha * x + attn_scale * attn(x)), then N(alpha * x + mlp(x))",
        "Post-norm, with the stream weighing more than what a layer says about it.",
        requires=("blocks.DeepNormBlock.__init__",),
        track="placements",
    ),
    Piece(
        "initialization.init_gpt2",
        PLACEMENTS,
        "draw everything with a spread of 0.02, and output projections smaller with depth",
        "The most copied first weights of all; here the depth is in the weights, and no norm has to make up for it.",
        track="placements",
    ),
    Piece(
        "attention.FullWidthNorm.forward",
        PLACEMENTS,
        "norm all heads of a token together",
        "OLMo 2's QK norm: heads may differ in size, as long as all of them together do not grow.",
        track="placements",
    ),
    Piece(
        "positions.LearnedPositions.embed",
        POSITIONS,
        "add to every token the vector of its position",
        "GPT-2's way, and the simplest; it knows nothing of a position that it was not trained on.",
        track="positions",
    ),
    Piece(
        "positions.sinusoidal_table",
        POSITIONS,
        "return sines and cosines of position times frequency, side by side",
        "The first transformer's positions, and where the angles of rotary positions come from.",
        requires=("positions.precompute_rotary_tables",),
        track="positions",
    ),
    Piece(
        "positions.SinusoidalPositions.embed",
        POSITIONS,
        "add to every token the row of its position",
        "Nothing to learn, and defined at any length.",
        requires=("positions.sinusoidal_table",),
        track="positions",
    ),
    Piece(
        "positions.alibi_slopes",
        POSITIONS,
        "return one slope for each head, a geometric series",
        "Some heads see near and some see far, by a number that nobody has to train.",
        track="positions",
    ),
    Piece(
        "positions.ALiBi.bias",
        POSITIONS,
        "return a bias on the scores that falls with the distance between query and key",
        "Trained on short texts, it still reads long ones: distance is a number here, not something learned.",
        requires=("positions.alibi_slopes",),
        track="positions",
    ),
    Piece(
        "positions.apply_rotary_interleaved",
        POSITIONS,
        "turn every pair of neighbours in a head by the angle of its position",
        "Loading weights with the wrong pairing gives a model that runs and talks nonsense.",
        track="positions",
    ),
    Piece(
        "positions.linear_scaling",
        POSITIONS,
        "return one divided by the factor, for every pair",
        "The first way to make a model read four times as far, and the one that blurs neighbours.",
        track="positions",
    ),
    Piece(
        "positions.ntk_scaling",
        POSITIONS,
        "return a stretch that leaves the fastest pair alone and slows the slowest down by all the growth",
        "A larger base does what squeezing does, without the blur; it needs no training at all.",
        track="positions",
    ),
    Piece(
        "positions.yarn_scaling",
        POSITIONS,
        "return a stretch that keeps the fast pairs and squeezes the slow ones, and the magnitude",
        "How most models of today get from a few thousand tokens to a hundred thousand.",
        track="positions",
    ),
    Piece(
        "feed_forward.relu",
        FEED_FORWARD,
        "max(x, 0)",
        "The simplest thing that is not linear, and for ten years the best.",
        track="feed-forward",
    ),
    Piece(
        "feed_forward.leaky_relu",
        FEED_FORWARD,
        "x where it is positive, a hundredth of it elsewhere",
        "A number that is always below zero still gets a gradient.",
        track="feed-forward",
    ),
    Piece(
        "feed_forward.gelu",
        FEED_FORWARD,
        "x times the share of normal numbers that are smaller than x",
        "A smooth ReLU; BERT and GPT made it the standard.",
        track="feed-forward",
    ),
    Piece(
        "feed_forward.gelu_tanh",
        FEED_FORWARD,
        "GELU by its approximation with tanh",
        "Four digits of difference: enough to load GPT-2's weights and not get GPT-2.",
        track="feed-forward",
    ),
    Piece(
        "feed_forward.silu",
        FEED_FORWARD,
        "x times sigmoid(x)",
        "The gate of Llama and of nearly every model since.",
        track="feed-forward",
    ),
    Piece(
        "feed_forward.GatedMLP.__init__",
        FEED_FORWARD,
        "create gate_proj and up_proj, 8/3 as wide as the residual stream, and down_proj",
        "Three matrices at the price of two: the width pays for the gate.",
        track="feed-forward",
    ),
    Piece(
        "feed_forward.GatedMLP.forward",
        FEED_FORWARD,
        "down_proj(activation(gate_proj(x)) * up_proj(x)), dropout",
        "Multiplying two views of the same token is something that no sum of detectors can do.",
        requires=("feed_forward.GatedMLP.__init__",),
        track="feed-forward",
    ),
    Piece(
        "feed_forward.MoE.__init__",
        FEED_FORWARD,
        "create the router and the experts",
        "Many times the weights, for the price of the few that a token visits.",
        requires=("feed_forward.GatedMLP.__init__",),
        track="feed-forward",
    ),
    Piece(
        "feed_forward.MoE.forward",
        FEED_FORWARD,
        "choose experts for every token, send it there, and add up what they say by their weights",
        "Half of the large models of today are this loop.",
        requires=("feed_forward.GatedMLP.forward", "feed_forward.load_balance_loss"),
        track="feed-forward",
    ),
    Piece(
        "feed_forward.load_balance_loss",
        FEED_FORWARD,
        "return how unevenly the tokens are spread over the experts",
        "Left to itself, a router picks its favourites, they learn more, and it picks them more often.",
        track="feed-forward",
    ),
    Piece(
        "backends.sdpa_attention",
        ATTENTION,
        "hand attention to torch's own function, with is_causal or a mask",
        "The fastest line that you can write, and the one whose is_causal is wrong as soon as there is a cache.",
        requires=("positions.visible_keys",),
        track="attention",
    ),
    Piece(
        "backends.softmax_with_sinks",
        ATTENTION,
        "softmax with one more score in the sum, whose weight is then dropped",
        "Softmax makes every head look somewhere; a sink is where it looks when there is nothing to see.",
        track="attention",
    ),
    Piece(
        "attention.DifferentialAttention.__init__",
        ATTENTION,
        "create what CausalSelfAttention creates, and four small vectors for the share",
        "How much noise there is to take off is something every layer learns for itself.",
        requires=("attention.CausalSelfAttention.__init__",),
        track="attention",
    ),
    Piece(
        "attention.DifferentialAttention.attend",
        ATTENTION,
        "what one half of the heads finds, less a share of what the other half finds, normed",
        "As with two microphones: what both pick up is noise.",
        requires=("attention.DifferentialAttention.__init__", "norms.rms_norm"),
        track="attention",
    ),
    Piece(
        "flash.tiled_forward",
        FLASH,
        "attention in tiles of queries by keys, with the softmax kept up to date as they come by",
        "It is why a text of a hundred thousand tokens fits into memory at all, and nothing is approximated.",
        requires=("flash.merge_tile", "positions.visible_keys"),
        track="flash",
    ),
    Piece(
        "flash.merge_tile",
        FLASH,
        "bring the greatest score, the sum of weights and the sum of values up to date with another tile",
        "A softmax seems to need all scores at once; these three numbers are all that it needs.",
        track="flash",
    ),
    Piece(
        "flash.tiled_backward",
        FLASH,
        "the gradients, from weights that are computed again, tile by tile",
        "Computing twice is faster than remembering: memory is slower than arithmetic.",
        requires=("positions.visible_keys",),
        track="flash",
    ),
    Piece(
        "latent.MultiHeadLatentAttention.__init__",
        LATENT,
        "create the projections down to the latent and up again, the rotary key's, and the norms",
        "What is narrow here is what a cache has to keep, and nothing else.",
        track="latent",
    ),
    Piece(
        "latent.MultiHeadLatentAttention.forward",
        LATENT,
        "make queries, a latent and a rotary key, recall, attend, project back",
        "DeepSeek's attention: all heads with keys of their own, in a cache of a tenth of the size.",
        requires=("latent.MultiHeadLatentAttention.__init__", "latent.MultiHeadLatentAttention.naive"),
        track="latent",
    ),
    Piece(
        "latent.MultiHeadLatentAttention.naive",
        LATENT,
        "make every head's keys and values from the latents, then attend as always",
        "For training, where all tokens come at once, this is the cheaper way.",
        track="latent",
    ),
    Piece(
        "generation.stream",
        INFERENCE,
        "continue several texts at once, one token at a time, reading only what is new",
        "What every chat does: the first word comes at once, and no word costs more than the one before.",
        requires=("generation.read", "generation.next_token_distribution"),
        track="inference",
    ),
    Piece(
        "generation.read",
        INFERENCE,
        "read texts of different lengths as one batch into a cache",
        "Many readers at once is what makes serving cheap, and their texts are never equally long.",
        requires=("cache.KVCache.advance", "cache.KVCache.rewind", "cache.ContiguousCache.update"),
        track="inference",
    ),
    Piece(
        "cache.KVCache.advance",
        INFERENCE,
        "say where new tokens stand, and count them as read",
        "Once for a pass and not once for a layer: otherwise every layer believes to be somewhere else.",
        track="inference",
    ),
    Piece(
        "cache.ContiguousCache.update",
        INFERENCE,
        "put keys and values into the slots of their positions; hand out all that there are",
        "Keys and values of earlier tokens never change, so computing them again is wasted.",
        track="inference",
    ),
    Piece(
        "cache.KVCache.rewind",
        INFERENCE,
        "take tokens back",
        "Undoing costs nothing if nobody looks at what lies in the future.",
        track="inference",
    ),
    Piece(
        "generation.keep_nucleus",
        INFERENCE,
        "top-p: keep the likeliest tokens that together have enough probability",
        "How many words are possible next differs from word to word; a fixed number is always wrong.",
        track="inference",
    ),
    Piece(
        "cache.RollingCache.update",
        INFERENCE,
        "give back what the window reaches, then overwrite what has left it",
        "A layer with a window forgets: its cache stays as small as the window, however long the text gets.",
        track="inference",
    ),
    Piece(
        "generation.keep_likely",
        INFERENCE,
        "min-p: keep the tokens that are not too much less likely than the likeliest",
        "A bar that moves with how sure the model is: it stays sane at high temperatures.",
        track="inference",
    ),
    Piece(
        "generation.speculate",
        INFERENCE,
        "let a small model guess ahead, the large one check, and take back what was wrong",
        "Reading five tokens costs hardly more than reading one; guessing right turns that into speed.",
        requires=("generation.accept_draft", "cache.KVCache.rewind", "generation.next_token_distribution"),
        track="inference",
    ),
    Piece(
        "generation.accept_draft",
        INFERENCE,
        "keep as much of a draft as leaves every token drawn from the model's own distribution",
        "The proof that speed need not cost quality fits into four lines.",
        track="inference",
    ),
    Piece(
        "latent.MultiHeadLatentAttention.absorbed",
        INFERENCE,
        "attend to the latents themselves, without ever making keys and values",
        "One matrix product moved to the other side of the scores, and a large model fits into a small cache.",
        requires=("latent.MultiHeadLatentAttention.__init__",),
        track="inference",
    ),
    Piece(
        "adamw.decay_groups",
        OPTIMIZERS,
        "put every parameter into one of two groups: those that decay, and those that do not",
        "Half of what is called a recipe is which weights are left out of it.",
        track="optimizers",
    ),
    Piece(
        "schedules.learning_rate_factor",
        OPTIMIZERS,
        "rise over the warm-up, then fall in the shape that is asked for, to what shall be left",
        "No other number decides as much about a training as the learning rate, and no single value of it is right.",
        requires=("schedules.linear", "schedules.cosine", "schedules.trapezoidal"),
        track="optimizers",
    ),
    Piece(
        "schedules.linear",
        OPTIMIZERS,
        "1 - p",
        "The plainest way down is hard to beat.",
        track="optimizers",
    ),
    Piece(
        "adamw.AdamW.step",
        OPTIMIZERS,
        "keep the mean of the gradients and of their squares; decay; step by the ratio of the two",
        "Nearly every large model was trained with these five lines.",
        track="optimizers",
    ),
    Piece(
        "schedules.cosine",
        OPTIMIZERS,
        "(1 + cos(pi p)) / 2",
        "GPT-3 and Llama came down this way; one has to know beforehand how long the training will be.",
        track="optimizers",
    ),
    Piece(
        "muon.Muon.step",
        OPTIMIZERS,
        "keep the mean of the gradients, look one step ahead of it, orthogonalise, step",
        "It treats a matrix as one thing, and gets to the same loss in fewer steps than AdamW.",
        requires=("muon.newton_schulz",),
        track="optimizers",
    ),
    Piece(
        "muon.newton_schulz",
        OPTIMIZERS,
        "bring all singular values near one, with products of matrices only",
        "What would take a singular value decomposition is done by five rounds of what a GPU does best.",
        track="optimizers",
    ),
    Piece(
        "schedules.trapezoidal",
        OPTIMIZERS,
        "level, then in a straight line down over the last part",
        "Until it falls, nobody has to know when the training will end.",
        track="optimizers",
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


def short(writer: str = "generate", sampling: dict | None = None, **overrides) -> dict:
    """A short run of the tiny model with fields of its configuration overridden. writer: how it writes its samples."""
    return {
        "overrides": overrides,
        "max_iters": 30,
        "eval_tokens": 4096,
        "writer": writer,
        "sampling": sampling or {},
    }


def each(field: str, *values: str) -> tuple[dict, ...]:
    """A short run for each value of one field."""
    return tuple(short(**{field: value}) for value in values)


TRACKS = (
    Track("nanochat", runs=({},)),
    Track(
        "norms",
        each(
            "normalization",
            "layernorm",
            "layernorm_nobias",
            "layernorm_noparam",
            "rmsnorm",
            "rmsnorm_plus_one",
            "dyt",
        ),
    ),
    Track(
        "placements",
        (
            *each("norm_position", "post", "none", "sandwich", "output", "parallel", "parallel_two_norms"),
            short(norm_position="deepnorm", init="deepnorm"),
            short(init="gpt2"),
            short(qk_norm="full", qk_normalization="rmsnorm", qk_norm_after_rotary=False),
        ),
    ),
    Track(
        "positions",
        (
            *each("position_encoding", "learned_absolute", "sinusoidal", "alibi"),
            short(rope_interleaved=True),
            *(short(rope_scaling=name, rope_factor=4.0) for name in ("linear", "ntk", "yarn")),
            short(position_encoding="none"),
        ),
    ),
    Track(
        "feed-forward",
        (
            *each("activation", "relu", "leaky_relu", "gelu", "gelu_tanh", "silu"),
            short(ffn_type="gated", activation="silu"),
            short(ffn_type="moe", activation="silu"),
        ),
    ),
    Track(
        "attention",
        (
            short(attention_backend="sdpa", attention_window="8,none", n_kv_head=2),
            short(attention_sinks=True, attention_softcap=20.0, attention_gate=True),
            short(attention_type="differential"),
        ),
    ),
    Track("flash", (short(attention_backend="tiled", attention_window="8,none", n_kv_head=2),)),
    Track(
        "latent",
        (
            short(attention_type="latent", query_latent_rank=32),
            short(use_flash_mla=True, qk_norm="off"),
        ),
    ),
    Track(
        "inference",
        (
            short(writer="stream", sampling={"top_p": 0.9}),
            short(writer="stream", sampling={"min_p": 0.1}, attention_window="4"),
            short(writer="speculate"),
            short(writer="stream", attention_type="latent", qk_norm="off"),
        ),
    ),
    Track(
        "optimizers",
        (
            short() | {"optimizer": "readable_adamw", "schedule": "linear"},
            short() | {"optimizer": "muon", "schedule": "cosine"},
            short() | {"optimizer": "nanochat", "schedule": "trapezoidal", "final_lr": 0.1},
            short() | {"optimizer": "adamw", "schedule": "cosine", "warmup_iters": 5, "final_lr": 0.1},
        ),
    ),
)
