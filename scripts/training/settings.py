"""The settings of `python -m scripts.train`, and their flags."""

from argparse import SUPPRESS, Namespace
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from reference.optimization.schedules import SCHEDULES
from reference.presets import nanochat
from scripts.project import Parser, UsageError, at_least, number_of, path_from

from .models import ABOUT, add_model_fields, given_fields
from .optimizing import OLD_NAMES, OPTIMIZERS, RATES
from .plan import PARALLEL, Computation, Optimization, Schedule
from .synonyms import TRAINING

# Settings that the schedule has under the same names.
SCHEDULED = ("max_iters", "batch_size", "seed", "eval_tokens", "eval_every", "writer", "max_new_tokens", "sampling")
# Where a run goes on from a model that is there: small steps, which keep what it knows, and short samples.
GOING_ON = {"optimizer": "adamw", "clip": 1.0, "max_new_tokens": 64}
GOING_ON_RATE = 3e-5  # AdamW's


@dataclass
class Settings:
    """One training run: the flags of the command line."""

    impl: str = "reference"
    model: str = "nanochat_tiny"
    tiny: bool = False
    init_from: Path | None = None  # a folder whose model is trained further
    overrides: dict = field(default_factory=dict)  # fields of the model's configuration
    max_iters: int = 200
    batch_size: int = 16
    total_batch_size: int | None = None  # in tokens
    eval_tokens: int | None = None
    seed: int = 42
    device: str = "auto"
    threads: int | None = None  # on the CPU; None: as many as are fastest
    data: str = "names"
    documents: str | None = None
    tokenizer: str | None = None
    bpe_vocab_size: int | None = None
    out_dir: Path | None = None
    eval_every: int | None = None  # steps
    optimizer: str = "nanochat"
    rates: dict[str, float] = field(default_factory=dict)
    schedule: str | None = None
    warmup_iters: int = 0
    min_lr_ratio: float = 0.0
    clip: float | None = None
    qk_clip: float | None = None
    index_warmup_iters: int = 0
    dtype: str = "float32"
    compile: bool = False
    activation_checkpointing: bool = False
    loss_chunk: int | None = None  # positions
    parallel: str | None = None
    save_every: int | None = None  # steps
    keep: int = 3
    resume: bool = False
    force: bool = False  # train also what needs more memory than there is
    tensorboard: bool = False
    json: bool = False
    writer: str = "generate"  # how the samples are written, and with what: see training.plan.Schedule
    max_new_tokens: int | None = None  # of a sample; None: up to the last position
    sampling: dict = field(default_factory=dict)
    track: str | None = None  # the name of the track that this is a run of
    check_shapes: bool = True  # stop where a learner's function gets or gives a shape that its signature does not allow


positive = number_of(1e-30, 1e30, "number greater than 0")
not_negative = number_of(0, 1e30, "number of 0 or more")
fraction = number_of(0, 1, "number from 0 to 1")


def positive_or_none(text: str) -> float | None:
    return None if text == "none" else positive(text)


positive_or_none.__name__ = "number greater than 0, or none"


def parser(description: str, prog: str = "python -m scripts.train") -> Parser:
    parser = Parser(prog=prog, description=description, argument_default=SUPPRESS, synonyms=TRAINING)
    add, default = parser.add_argument, Settings()
    add("--impl", metavar="learn|reference|PATH", help="whose code; PATH is a copy of learn/ (default: reference)")
    add("--model", metavar="NAME|FILE", help=f"{ABOUT} (default: {default.model})")
    add(
        "--tiny",
        action="store_true",
        help="the same architecture, small enough to train on a laptop: NAME_tiny",
    )
    add(
        "--init_from",
        type=path_from,
        metavar="FOLDER",
        help="go on from the model in a folder, a run's or a published one's, with its tokenizer; trained and saved in "
        f"float32, by AdamW at {GOING_ON_RATE:g} with --clip 1 unless flags say otherwise, on windows of at most 256 "
        "tokens unless --max_seq_len does, which are then the positions of the trained model",
    )
    add(
        "--depth",
        type=at_least(1),
        metavar="N",
        help="nanochat's one knob: N layers, n_embd = 64 N, n_head to match",
    )
    add(
        "--max_iters",
        "--num_iterations",
        type=at_least(0),
        metavar="N",
        help=f"optimizer steps (default: {default.max_iters})",
    )
    add(
        "--batch_size",
        "--device_batch_size",
        type=at_least(1),
        metavar="N",
        help=f"sequences per forward pass, in each process (default: {default.batch_size})",
    )
    add(
        "--total_batch_size",
        type=at_least(1),
        metavar="TOKENS",
        help="tokens per optimizer step, over all processes; a multiple of batch_size * max_seq_len (gradients "
        "accumulate over that many passes)",
    )
    add("--eval_tokens", type=at_least(1), metavar="TOKENS", help="held-out tokens to validate on (default: all)")
    add(
        "--eval_every",
        type=at_least(1),
        metavar="N",
        help="also validate every N steps (default: never)",
    )
    add("--seed", type=at_least(0), metavar="N", help=f"the same seed gives the same run (default: {default.seed})")
    add("--device", choices=("auto", "cpu", "cuda", "mps"), help="where to compute (default: auto)")
    add(
        "--threads",
        type=at_least(1),
        metavar="N",
        help="threads of the CPU (default: one or all, whichever a short measurement shows to be faster; with --resume "
        "those of the run)",
    )
    add(
        "--data",
        metavar="names|pydoc|shakespeare|recall|PATH",
        help="names (included), Python's own help texts, 1 MB of Shakespeare (a download), associative recall (a "
        "fourth as many pairs of a key and a value as --max_seq_len, to be looked up; it reports the accuracy), a "
        "UTF-8 text file, a folder of text files, or a folder that scripts.prepare has written",
    )
    add(
        "--documents",
        choices=("auto", "line", "file"),
        help="what counts as a document: each line, or the whole file (default: auto: the whole file where one line in "
        "twenty is empty, or where there is one line only; else each line)",
    )
    add(
        "--tokenizer",
        metavar="char|bpe|gpt2|cl100k_base|FILE",
        help="one token per character, byte pairs learned from the text, a tokenizer of tiktoken's, or a rank file, "
        "FILE.tiktoken (default: char)",
    )
    add(
        "--bpe_vocab_size",
        type=at_least(257),
        metavar="N",
        help="vocabulary of bpe: 256 bytes, merges, and the boundary between documents (default: 1024)",
    )
    add("--out_dir", type=path_from, metavar="DIR", help="where the run's files go (default: a new folder in runs/)")
    add(
        "--save_every",
        type=at_least(1),
        metavar="N",
        help="write a checkpoint after every N steps, and at Ctrl-C, into DIR/checkpoints (default: never)",
    )
    add(
        "--keep",
        type=at_least(1),
        metavar="K",
        help=f"keep the K newest checkpoints (default: {default.keep})",
    )
    add(
        "--resume",
        action="store_true",
        help="continue from the newest checkpoint in DIR, with the same loss curve; start anew if there is none; with "
        "a larger --max_iters the run becomes longer, where the schedule allows it",
    )
    add("--force", action="store_true", help="train also where the estimate says that the memory cannot be enough")
    add("--tensorboard", action="store_true", help="write the log for TensorBoard as well, into DIR/tensorboard")
    add(
        "--parallel",
        choices=PARALLEL,
        help="how torchrun's processes divide the work. ddp: each has the whole model; zero1: the optimizers' state is "
        "sharded; fsdp: weights, gradients and state are",
    )
    add("--json", action="store_true", help="end with one JSON object on standard output; progress on standard error")
    add_optimization(parser)
    add_computation(parser)
    add_model_fields(parser)
    return parser


def add_optimization(parser: Parser) -> None:
    default = Settings()
    add = parser.add_argument_group("optimization").add_argument
    add(
        "--optimizer",
        choices=OPTIMIZERS,
        help="nanochat: Muon and AdamW with a rate for each kind of weight; nanochat_2026: that of July 2026, NorMuon "
        "and AdamW with more groups; adamw: torch's AdamW; readable_adamw: "
        f"the same in plain code; muon: Muon for matrices, AdamW for the rest (default: {default.optimizer})",
    )
    for rate, about in RATES.items():
        kind = {"beta1": fraction, "beta2": fraction, "weight_decay": not_negative}.get(rate, positive)
        add(f"--{rate}", type=kind, metavar="X", help=f"{about} (default: the optimizer's)")
    add(
        "--schedule",
        type=lambda name: OLD_NAMES.get(name, name),
        choices=[name for name in SCHEDULES if name not in OLD_NAMES],
        help="learning rate schedule; with --impl learn, your schedules.py computes it (default: wsd: warmup, stable, "
        "decay over the last two fifths of the steps)",
    )
    add("--warmup_iters", type=at_least(0), metavar="N", help="steps of linear warmup (default: 0)")
    add(
        "--min_lr_ratio",
        "--final_lr",
        type=fraction,
        metavar="X",
        help="final learning rate, as a fraction of the peak (default: 0)",
    )
    add("--clip", type=positive_or_none, metavar="NORM", help="clip the gradient norm to this (default: never)")
    add(
        "--qk_clip",
        type=positive_or_none,
        metavar="LOGIT",
        help="QK-clip: after a step in which a head's largest attention logit passes this, scale its query and key "
        "weights so that it would not; with --qk_norm off; the log has largest_logit and clipped_heads (default: "
        "never)",
    )
    add(
        "--index_warmup_iters",
        type=at_least(0),
        metavar="N",
        help="dense warm-up: in the first N steps, layers with an indexer (--attention_type dsa) attend to all keys, "
        "and the indexer learns from all of them; then from those that it chooses (default: 0)",
    )


def add_computation(parser: Parser) -> None:
    add = parser.add_argument_group("computation").add_argument
    add(
        "--dtype",
        choices=("float32", "bfloat16", "float16"),
        help="dtype of matrix products; weights stay in float32; float16 needs a GPU (default: float32)",
    )
    add("--compile", action="store_true", help="use torch.compile: a minute at first, then faster, mostly on GPUs")
    add(
        "--activation_checkpointing",
        action="store_true",
        help="save memory: recompute the activations of every block in the backward pass",
    )
    add(
        "--loss_chunk",
        type=at_least(1),
        metavar="N",
        help="save memory: compute the logits of N positions at a time",
    )


def settings_of(options: Namespace) -> Settings:
    given = vars(options)
    rates = {rate: given.pop(rate) for rate in RATES if rate in given}
    if "init_from" in given:
        go_on(given, rates)
    depth = given.pop("depth", None)
    family = nanochat(depth) if depth else {}
    overrides = {name: family[name] for name in ("n_layer", "n_head", "n_embd") if family}
    overrides |= given_fields(given)
    return Settings(overrides=overrides, rates=rates, **given)


def go_on(given: dict[str, Any], rates: dict[str, float]) -> None:
    """Fill in what --init_from means for other settings. Raises `UsageError` where one contradicts it."""
    if given["init_from"] == Path("resume"):  # as nanoGPT says it
        raise UsageError("--init_from resume: here it is --resume, which goes on with the run in --out_dir")
    for name in ("model", "tiny", "depth", "vocab_size", "tokenizer", "bpe_vocab_size"):
        if name in given:
            raise UsageError(f"--{name}: with --init_from, the model and its tokenizer are those of the folder")
    given |= {name: value for name, value in GOING_ON.items() if name not in given}
    given["model"] = str(given["init_from"])
    if given["optimizer"] == "adamw":
        rates.setdefault("learning_rate", GOING_ON_RATE)
    if given.get("impl", Settings.impl) == "reference":
        given["writer"] = "stream"


def schedule_of(settings: Settings, accumulation: int = 1) -> Schedule:
    return Schedule(
        accumulation=accumulation,
        optimization=taken_from(settings, Optimization),
        computation=taken_from(settings, Computation),
        **{name: getattr(settings, name) for name in SCHEDULED},
    )


def taken_from(settings: Settings, kind: type):
    """A `kind`, whose fields are settings of the same names."""
    return kind(**{entry.name: getattr(settings, entry.name) for entry in fields(kind)})
