"""Measure speed and memory, as ratios within one run, which hold on any machine.

examples:
  python -m scripts.benchmark loop                  how long a learner waits for each command
  python -m scripts.benchmark attention             time and memory of every way to compute attention, with a plot;
                                                    decoding far into a text beside decoding near its beginning
  python -m scripts.benchmark attention --device cuda --dtype bfloat16 --lengths 1024 4096 16384
  python -m scripts.benchmark recurrent             what chunks save in time, and how their memory grows
  python -m scripts.benchmark decoding              what a KV cache saves
  python -m scripts.benchmark train                 tokens a second and memory of training, beside transformers
  python -m scripts.benchmark backends              which kind of attention goes with which backend, tried out
  python -m scripts.benchmark gpu --out DIR         all that needs a GPU, in eight minutes at most
"""

import os
import sys

from scripts.project import Parser, UsageError, at_least, path_from, run_command

from .measuring.training_sizes import SIZES


def run_loop(options) -> int:
    from .measuring.waiting_times import loop

    return loop(options)


def run_attention(options) -> int:
    # Torch's profiler, which measures memory, has much to say that is not asked for.
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")
    from .measuring.attention_layers import attention

    return attention(options)


def run_recurrent(options) -> int:
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")
    from .measuring.recurrent_forms import recurrent

    return recurrent(options)


def run_decoding(options) -> int:
    from .measuring.cached_decoding import decoding

    return decoding(options)


def run_training(options) -> int:
    if options.processes > 1:
        if (options.device, options.dtype, options.compile) != ("cpu", "float32", False):
            raise UsageError(
                "--processes is measured on the CPU in float32; it goes without --device, --dtype, --compile"
            )
        from .measuring.several_processes import scaling

        return scaling(options)
    from .measuring.training_speed import training

    return training(options)


def run_backends(options) -> int:
    from .measuring.backend_pairs import backends

    return backends(options)


def run_gpu(options) -> int:
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")
    from .measuring.on_gpu import gpu

    return gpu(options)


def main(argv=None) -> int:
    parser = Parser(prog="python -m scripts.benchmark", description=__doc__)
    commands = parser.add_subparsers(title="what to measure", metavar="", required=True)

    def command(name: str, run, about: str) -> Parser:
        sub = commands.add_parser(name, prog=f"python -m scripts.benchmark {name}", help=about, description=about)
        sub.add_argument("--json", action="store_true", help="end with one JSON object on standard output")
        sub.set_defaults(command=run)
        return sub

    def runs(sub: Parser, default: int) -> None:
        sub.add_argument("--runs", type=at_least(1), default=default, metavar="N", help=f"rounds (default: {default})")

    def where(sub: Parser) -> None:
        sub.add_argument("--device", choices=("auto", "cpu", "cuda"), default="cpu", help="where (default: cpu)")
        sub.add_argument(
            "--dtype", choices=("float32", "bfloat16"), default="float32", help="of weights, inputs (default: float32)"
        )

    runs(command("loop", run_loop, "how long a learner waits"), default=5)
    sub = command("attention", run_attention, "time and peak memory of every way to compute attention")
    runs(sub, default=5)
    sub.add_argument(
        "--lengths",
        type=at_least(1),
        nargs="+",
        default=[128, 256, 512, 1024],
        metavar="T",
        help="sequence lengths (default: 128 256 512 1024)",
    )
    sub.add_argument(
        "--positions",
        type=at_least(1),
        nargs=2,
        default=[100, 4000],
        metavar=("NEAR", "FAR"),
        help="how much longer one cached step takes at the second than at the first (default: 100 4000)",
    )
    where(sub)
    sub.add_argument("--out_dir", type=path_from, metavar="DIR", help="where attention.json and attention.png go")
    sub = command("recurrent", run_recurrent, "what the chunked form of a recurrent rule saves, in time and memory")
    runs(sub, default=5)
    sub.add_argument("--length", type=at_least(1), default=2048, metavar="T", help="tokens (default: 2048)")
    sub.add_argument("--device", choices=("auto", "cpu", "cuda"), default="cpu", help="where (default: cpu)")
    sub = command("decoding", run_decoding, "what a KV cache saves")
    runs(sub, default=1)
    sub.add_argument("--compile", action="store_true", help="cached steps by torch.compile as well: minutes more")
    sub = command("train", run_training, "tokens a second and peak memory of training, beside transformers")
    runs(sub, default=20)
    sub.add_argument(
        "--sizes", choices=SIZES, nargs="+", default=list(SIZES), metavar="SIZE", help=f"(default: {' '.join(SIZES)})"
    )
    where(sub)
    sub.add_argument(
        "--processes",
        type=at_least(1),
        default=1,
        metavar="N",
        help="how efficiently N processes of one thread share the work of one, on the CPU; without transformers",
    )
    sub.add_argument("--compile", action="store_true", help="compile all models with torch.compile")
    command("backends", run_backends, "which kind of attention goes with which backend, tried out one by one")
    sub = command("gpu", run_gpu, "tests, training, attention, decoding and optimizers on a GPU, in eight minutes")
    sub.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="where (default: auto)")
    sub.add_argument("--dry", action="store_true", help="tiny sizes, to try it out; the figures mean nothing")
    sub.add_argument("--out", type=path_from, metavar="DIR", help="for its JSON file (default: a folder in runs/)")
    options = parser.parse_args(argv)
    return options.command(options)


if __name__ == "__main__":
    sys.exit(run_command(main))
