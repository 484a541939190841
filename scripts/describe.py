"""Describe models: what they are made of, what they weigh, what a token costs; one, or several side by side.

examples:
  python -m scripts.describe                          all presets
  python -m scripts.describe gemma2                   one, with its parts
  python -m scripts.describe gpt2 llama nanochat      several, in what they differ
  python -m scripts.describe llama --n_layer 4        with a field overridden
  python -m scripts.describe llama --attention_type moba --moba_block_size 128
                                                      how many keys a token reads, too, where it is not all of them
  python -m scripts.describe gpt2 runs/mine           a preset and a run, or any folder with a config.json
  python -m scripts.describe --memory gpt2 llama --length 32768 --batch_size 8 --plot memory.png
                                                      bytes of weights and of such a cache, and FLOPs
  python -m scripts.describe --parity                 every axis, every value, the public models that it equals, and
                                                      how exactly: measured now, with transformers (the extra `parity`)
"""

import itertools
import re
import sys
from argparse import SUPPRESS
from collections.abc import Iterable
from dataclasses import asdict

from reference.config import GPTConfig
from reference.presets import PRESETS
from scripts.project import Parser, UsageError, json_line, run_command, wrapped

from .learning.costs import add_options
from .training.models import ABOUT, add_model_fields, given_fields, named


def parser() -> Parser:
    parser = Parser(prog="python -m scripts.describe", description=__doc__)
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"{ABOUT}; without any: all presets")
    parser.add_argument("--tiny", action="store_true", help="the small sister of each: NAME_tiny")
    parser.add_argument("--parity", action="store_true", help="measure every axis against the public models")
    parser.add_argument("--memory", action="store_true", help="count what models cost when they are used")
    add_options(parser)
    parser.add_argument("--json", action="store_true", default=SUPPRESS, help="one JSON object on standard output")
    add_model_fields(parser)
    parser.usage = "%(prog)s [MODEL ...] [options]"
    return parser


OF_MEMORY = ("length", "batch_size", "dtype", "plot")


def facts(model: str, config: GPTConfig) -> dict:
    from .training.architecture import summary_of

    summary = summary_of(config)
    return {
        "model": model,
        "architecture": summary.name,
        "parameters": summary.parameters,
        "active_parameters": summary.active_parameters,
        "kv_bytes_per_token": summary.kv_bytes_per_token,
        "state_bytes": summary.state_bytes,
        "keys_read": summary.keys_read,
        "flops_per_token": summary.flops_per_token,
        "causal_flops_per_token": summary.causal_flops_per_token,
        "parts": [asdict(part) for part in summary.parts],
        "config": asdict(config),
    }


def show_all(models: dict[str, GPTConfig]) -> None:
    from .training.architecture import architecture_name, parameters_of

    width = max(map(len, models))
    for model, config in models.items():
        print(f"{model:{width}} {parameters_of(config) / 1e6:>10,.1f} M  {architecture_name(config)}")


def show_one(config: GPTConfig) -> None:
    from .training.architecture import summary_of, tree

    print(tree(summary_of(config)) + "\n")
    for name, value in asdict(config).items():
        print(f"{name:24} {broken(value, 55)}".replace("\n", f"\n{'':25}"))


def broken(value: object, width: int) -> str:
    """The value of a field in lines that fit: many names that take turns are broken between two of them."""
    return wrapped(re.sub(rf"\S{{{width + 1},}}", lambda names: names[0].replace(",", ", "), str(value)), width)


COUNTS = {
    "parameters": "{:,}",
    "active_parameters": "{:,}",
    "kv_bytes_per_token": "{:,}",
    "state_bytes": "{:,}",
    "flops_per_token": "{:.3g}",
    "causal_flops_per_token": "{:.3g}",
}


def show_side_by_side(models: dict[str, GPTConfig]) -> None:
    """A column for each model; of the configuration, what differs."""
    found = [facts(model, config) for model, config in models.items()]
    rows = [("", [entry["model"] for entry in found])]
    for name in found[0]["config"]:
        values = [broken(entry["config"][name], 24) for entry in found]
        if len(set(values)) > 1:
            columns = itertools.zip_longest(*(value.splitlines() for value in values), fillvalue="")
            rows += [("" if number else name, list(line)) for number, line in enumerate(columns)]
    rows += [(name, [form.format(entry[name]) for entry in found]) for name, form in COUNTS.items()]
    widths = [max(len(values[column]) for _, values in rows) for column in range(len(found))]
    for name, values in rows:
        print(f"{name:24}", *(f"{value:>{width}}" for value, width in zip(values, widths, strict=True)), sep="  ")
    print()
    for entry in found:
        print(f"{entry['model']}: {entry['architecture']}")


def parity(as_json: bool) -> int:
    """Measure everything; the exit status is 1 where something is beyond its tolerance."""
    try:
        import transformers
    except ImportError as error:
        raise UsageError("--parity needs transformers: pip install -c constraints.txt -e '.[parity]'") from error

    from .public.parity import axes_of, measure_all

    progress = sys.stderr if as_json else sys.stdout
    print(
        f"largest difference of two logits, in both directions; transformers {transformers.__version__}", file=progress
    )
    results = []
    for result in measure_all():
        results.append(result)
        verdict = "" if result.passes else f"  {result.why()}!"
        print(f"  {result.model:34} {result.max_diff:.1e}  (logits up to {result.largest:.1f}){verdict}", file=progress)
    axes = axes_of(results)
    if as_json:
        print(json_line({"parity": [result.row() for result in results], "axes": axes}))
    else:
        show_axes(axes)
    return 0 if all(result.passes for result in results) else 1


def show_axes(axes: dict[str, dict]) -> None:
    import textwrap

    for axis, values in axes.items():
        print(f"\n{axis}")
        for value, found in values.items():
            if found["models"]:
                about = f"{found['max_diff']:.1e}  {', '.join(found['models'])}"
            else:
                about = "         no public model; held against its formula in float64"
            lines = textwrap.wrap(about, width=56, subsequent_indent=" " * 9, drop_whitespace=True)
            lines[0] = about[: len(about) - len(about.lstrip())] + lines[0].lstrip()
            for number, line in enumerate(lines):
                print(f"  {value if number == 0 else '':20} {line}")


def main(argv=None) -> int:
    parsed = parser().parse_args(argv)
    options = vars(parsed)
    overrides = given_fields(options)
    if options["parity"]:
        if options["models"] or overrides:
            raise UsageError("--parity measures every model; it goes without models and fields")
        return parity("json" in options)
    of_memory = [f"--{name}" for name in OF_MEMORY if options[name] is not None and not options["memory"]]
    if of_memory:
        raise UsageError(f"{of_memory[0]} goes with --memory")
    wanted: Iterable[str] = options["models"] or PRESETS
    models = {model: named(model, options["tiny"], **overrides) for model in wanted}
    if options["memory"]:
        from .measuring.inference_cost import report

        return report(models, parsed)
    if "json" in options:
        print(json_line({"models": [facts(model, config) for model, config in models.items()]}))
    elif not options["models"]:
        show_all(models)
    elif len(models) == 1:
        show_one(*models.values())
    else:
        show_side_by_side(models)
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
