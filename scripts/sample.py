"""Let a trained model write, token by token, as fast as it thinks of them.

examples:
  python -m scripts.sample                                the newest run in runs/
  python -m scripts.sample runs/mine --prompt ann         go on from a beginning
  python -m scripts.sample runs/mine --count 8            several at once, as one batch
  python -m scripts.sample runs/mine --temperature 0      the likeliest, every time
  python -m scripts.sample runs/mine --top_p 0.9 --min_p 0.05 --seed 7
  python -m scripts.sample runs/mine --draft runs/small   a small model guesses ahead; the same distribution
  python -m scripts.sample runs/mine --use_mtp            the model guesses ahead itself, after --n_mtp 1 in training
  python -m scripts.sample checkpoints/qwen2.5-0.5b --prompt "The capital of France is"
                                                          a published model, as transformers keeps it in a folder
  python -m scripts.sample checkpoints/qwen2.5-0.5b --impl learn
                                                          the same in your own code
  python -m scripts.sample Qwen/Qwen2.5-0.5B              what to download, and where to put it

FOLDER is what scripts.train leaves behind: config.json, run.json with the tokenizer, and model.safetensors; or that of
a published model: config.json, tokenizer.json (pip install -e '.[folder]') or tiktoken's tokenizer.model, *.safetensors
and generation_config.json, which says how it is sampled unless a flag does. A text ends with the boundary between
documents, or after --max_new_tokens. Keys and values of what has been read are kept, so every token costs only its own
work. What is written goes to standard output, everything else to standard error.
"""

import contextlib
import os
import sys
import time
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.project import Parser, UsageError, at_least, json_line, number_of, path_from, run_command, shown, wrapped

from .looking.run_folders import Loaded, load_model, made, newest_run, read_there
from .training.synonyms import SAMPLING

if TYPE_CHECKING:
    from .public.whole_models import WholeModel

DTYPES = ("float32", "bfloat16", "float16")
share = number_of(1e-9, 1, "number greater than 0 and at most 1")


def parser() -> Parser:
    parser = Parser(prog="python -m scripts.sample", description=__doc__, synonyms=SAMPLING)
    add = parser.add_argument
    about = "a run's folder, or a published model's (default: the newest in runs/)"
    add("folder", nargs="?", type=path_from, metavar="FOLDER", help=about)
    add("--prompt", default="", metavar="TEXT", help="what every text begins with (default: nothing)")
    add("--count", type=at_least(1), default=1, metavar="N", help="how many texts (default: 1)")
    add("--max_new_tokens", type=at_least(1), default=200, metavar="N", help="how long at most (default: 200)")
    add(
        "--temperature",
        type=number_of(0, 1e9, "number of at least 0"),
        metavar="X",
        help="below 1 the likely get likelier, 0 takes the likeliest (default: 1, or what generation_config.json says, "
        "as of the next three)",
    )
    add("--top_k", type=at_least(1), metavar="N", help="only the N likeliest tokens")
    add("--top_p", type=share, metavar="X", help="only the likeliest that together have this probability")
    add("--min_p", type=share, metavar="X", help="only those at least this much as likely as the likeliest")
    add("--seed", type=at_least(0), default=42, metavar="N", help="the same seed gives the same texts (default: 42)")
    add("--through", action="store_true", help="do not stop at the end of a document, go on with the next")
    add("--draft", type=path_from, metavar="FOLDER", help="a small model with the same tokenizer that guesses ahead")
    add("--use_mtp", action="store_true", help="the model's own module for multi-token prediction guesses ahead")
    add("--lookahead", type=at_least(1), metavar="N", help="how many tokens are guessed (default: 4, of a module: 1)")
    add("--impl", default="reference", metavar="learn|reference|PATH", help="whose code (default: reference)")
    add("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto", help="where to compute (default: auto)")
    add("--dtype", choices=DTYPES, help="of the weights, and of what is computed (default: as in the file)")
    add("--json", action="store_true", help="end with one JSON object on standard output, and nothing else")
    return parser


def drafts(options: Namespace, loaded: Loaded, decoding) -> Callable[[], contextlib.AbstractContextManager]:
    """For each text anew: what guesses ahead, until the context ends. Raises `UsageError`."""
    model = loaded.model
    if options.use_mtp:
        if options.draft:
            raise UsageError("--use_mtp and --draft both say what guesses ahead; leave out one")
        if not model.config.n_mtp:
            raise UsageError("--use_mtp: the model has no module for multi-token prediction; train one with --n_mtp 1")
        return partial(decoding.self_draft.self_draft, model)
    try:
        draft = load_model(options.draft, options.impl, model.get_device(), options.dtype)
    except UsageError as error:
        raise UsageError(f"--draft {error}") from error
    if draft.tokenizer != loaded.tokenizer:
        raise UsageError(f"--draft {options.draft}: its tokens are not the model's; train it with the same tokenizer")
    sizes = [one.config.vocab_size for one in (draft.model, loaded.model)]
    if sizes[0] != sizes[1]:
        raise UsageError(f"--draft {options.draft}: it has {sizes[0]:,} tokens and the model {sizes[1]:,}")
    return partial(contextlib.nullcontext, draft.model)


def room_behind(read: int, options: Namespace, model, draft) -> int:
    """How many tokens can be written behind those that are `read`: the text must end before the positions of either
    model do. Raises `UsageError`."""
    room = min(model.config.max_seq_len, draft.config.max_seq_len) - read
    if room < 1:
        raise UsageError(f"--prompt: {read} tokens leave no room in the positions of the model or the draft")
    return min(options.max_new_tokens, room)


def tokens_of(prompt: str, whole: "WholeModel") -> list[int]:
    try:
        tokens = whole.tokenizer.prompt(prompt)
    except ValueError as error:
        raise UsageError(f"--prompt {prompt!r}: {error}") from error
    if max(tokens) >= (known := whole.config.vocab_size):
        raise UsageError(f"--prompt {prompt!r}: it has token {max(tokens)}, but the model knows {known:,} only")
    return tokens


def sampling_of(options: Namespace, loaded: Loaded) -> dict:
    """How the tokens are drawn: as the flags say, else the folder."""
    given = {name: getattr(options, name) for name in ("temperature", "top_k", "top_p", "min_p")}
    return {"temperature": 1.0, **loaded.whole.sampling} | {
        name: value for name, value in given.items() if value is not None
    }


def with_room_for(length: int, model):
    """The same model; its cache gets memory for texts of this length, where it has positions for much longer ones."""
    model.config = replace(model.config, max_seq_len=min(length, model.config.max_seq_len))
    return model


def announce(options: Namespace, loaded: Loaded, sampling: dict) -> None:
    """Say what writes, in whose code, and how."""
    from .project.implementation import implementation_folder
    from .public.whole_models import remarks
    from .workshop.pieces.board import read_board
    from .workshop.pieces.loading import lent

    whole, dtype = loaded.whole, str(loaded.model.head.lm_head.weight.dtype).removeprefix("torch.")
    print(f"{shown(whole.folder)} writes, seed {options.seed}", file=sys.stderr)
    if options.impl != "reference":
        folder = implementation_folder(options.impl)
        borrowed = len(lent(read_board(folder)))
        others = f"; {borrowed} pieces of later tracks are the reference's" if borrowed else ""
        print(f"in the code of {shown(folder)}{others}", file=sys.stderr)
    if not whole.facts:
        drawn = ", ".join(f"{name} {value:g}" for name, value in sampling.items())
        slow = " (on a CPU, --dtype float32 may be faster)" if loaded.model.get_device().type == "cpu" else ""
        print(f"in {dtype}{slow if dtype != 'float32' else ''}; {drawn}", file=sys.stderr)
        for remark in remarks(whole.folder):
            print(wrapped(remark), file=sys.stderr)


class Page:
    """Texts that grow while one watches: one of them as it comes, several in lines that are drawn anew."""

    def __init__(self, prompt: str, count: int, quiet: bool):
        from rich.console import Console
        from rich.live import Live

        self.texts = [prompt] * count
        self.streams = count == 1 and not quiet
        self.console = Console(highlight=False, markup=False, soft_wrap=True)
        grows = count > 1 and not quiet and self.console.is_terminal
        self.live = Live(console=self.console, transient=True) if grows else None
        self.quiet = quiet

    def __enter__(self):
        if self.streams:
            print(self.texts[0], end="", flush=True)
        if self.live:
            self.live.start()
        return self

    def add(self, row: int, text: str) -> None:
        self.texts[row] += text
        if self.streams:
            print(text, end="", flush=True)

    def show(self) -> None:
        if self.live:
            from rich.text import Text

            self.live.update(Text("\n".join(self.texts)))

    def __exit__(self, *error):
        if self.live:
            self.live.stop()
        if self.streams:
            print()
        elif not self.quiet:
            print("\n".join(self.texts))


def write(options: Namespace, folder: Path) -> dict:
    import torch

    from .training.loop import choose_device, use_threads_fit_for
    from .training.text.tokenizers import Decoder
    from .workshop.pieces.loading import load
    from .workshop.teach.stops import code_of

    device = choose_device(options.device)
    whole = read_there(folder, "sample")
    tokenizer, tokens = whole.tokenizer, tokens_of(options.prompt, whole)
    longest = len(tokens) + options.max_new_tokens
    with code_of(options.impl):
        loaded = made(whole, options.impl, device, options.dtype, longest)
    model = loaded.model
    use_threads_fit_for(model.config, device)
    prompt = torch.tensor(tokens, device=device)
    decoding = load(options.impl).decoding
    sampling = sampling_of(options, loaded)
    settings = {"generator": torch.Generator(device).manual_seed(options.seed), **sampling}
    stops = [] if options.through else loaded.whole.stops

    drafting, calls = options.draft or options.use_mtp, Counter()
    if drafting:
        drafted = drafts(options, loaded, decoding)
        lookahead = options.lookahead or (1 if options.use_mtp else 4)
        with drafted() as draft:
            longest_new = room_behind(len(prompt), options, model, draft)
            with_room_for(longest, draft)
    model = with_room_for(longest, model)
    announce(options, loaded, sampling)

    def streamed() -> Iterator[list[int]]:
        texts = [prompt] * options.count
        for step in decoding.streaming.generate_stream(
            model, texts, options.max_new_tokens, stop_tokens=stops, **settings
        ):
            yield step.tolist()

    def speculated() -> Iterator[list[int]]:
        def counted(whose: str):
            return lambda *call: calls.update([whose])

        for row in range(options.count):
            with (
                drafted() as draft,
                model.register_forward_hook(counted("model")),
                draft.register_forward_hook(counted("draft")),
            ):
                text = decoding.speculative.speculate(model, draft, prompt[None], longest_new, lookahead, **settings)
            calls["new"] += text.size(1) - len(prompt)
            for token in text[0, len(prompt) :].tolist():
                yield [token if i == row else -1 for i in range(options.count)]
                if token in stops:
                    break
            else:
                calls["to the end"] += 1

    decoders = [Decoder(tokenizer) for _ in range(options.count)]
    count, started = 0, time.perf_counter()
    # Ctrl-C ends the writing; what is there stays.
    page = Page(options.prompt, options.count, options.json)
    with page, contextlib.suppress(KeyboardInterrupt), code_of(options.impl):
        for step in speculated() if drafting else streamed():
            for row, token in enumerate(step):
                if token >= 0:
                    count += 1
                if token >= 0 and token not in stops:
                    page.add(row, decoders[row].add(token))
            page.show()
        for row, decoder in enumerate(decoders):
            page.add(row, decoder.end())
    speed = count / (time.perf_counter() - started)
    if calls["to the end"] and longest_new < options.max_new_tokens:
        print(f"with a draft, a text ends where the positions do: {longest_new} tokens at most", file=sys.stderr)
    report = {"folder": str(folder), "samples": page.texts, "tokens": count, "tokens_per_second": round(speed, 1)}
    if drafting:
        # Every pass of the model brings a token of its own; all others are guesses that it has accepted.
        accepted = calls["new"] - calls["model"]
        report["acceptance"] = round(accepted / calls["draft"], 3) if calls["draft"] else None
    return report


def main(argv=None) -> int:
    options = parser().parse_args(argv)
    # What is written goes to standard output, and nothing between it.
    os.environ.setdefault("LEARN_DEBUG", "0")
    report = write(options, options.folder or newest_run())
    print(f"{report['tokens']} tokens, {report['tokens_per_second']:,.0f} a second", file=sys.stderr)
    if report.get("acceptance") is not None:
        print(f"{report['acceptance']:.0%} of all guesses were accepted", file=sys.stderr)
    if options.json:
        print(json_line(report))
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
