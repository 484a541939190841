"""Convert checkpoints: a folder of transformers into one of ours, and one of ours into a folder of transformers.

examples:
  python -m scripts.convert checkpoints/qwen3                     load it, try it, say what it is
  python -m scripts.convert checkpoints/qwen3 mine/qwen3          and write it as a folder of ours
  python -m scripts.convert checkpoints/qwen3 --impl learn        load it into the model that you wrote
  python -m scripts.convert mine/qwen3 theirs/qwen3               a folder that transformers loads

A folder holds config.json and model.safetensors or pytorch_model.bin (or their parts and an index). Nothing is
downloaded. Of config.json every setting is read, is known to have no effect, or is refused by name. Weights keep their
dtype, and the tokens that begin and end a text their numbers: in a folder of ours, generation_config.json has them. The
files of a tokenizer are copied. Of a model that reads more than text, the part that reads text is taken.
"""

import sys
from pathlib import Path

from scripts.project import Parser, UsageError, path_from, run_command, shown


def parser() -> Parser:
    parser = Parser(prog="python -m scripts.convert", description=__doc__)
    parser.add_argument("source", metavar="FOLDER", help="a checkpoint, ours or transformers'")
    parser.add_argument("target", nargs="?", metavar="NEW_FOLDER", help="write it here, in the other form")
    parser.add_argument(
        "--family", metavar="NAME", help="which of transformers' classes to write, where several would do"
    )
    parser.add_argument(
        "--impl", default="reference", metavar="learn|reference|PATH", help="whose model to load it into (reference)"
    )
    return parser


def main(argv=None) -> int:
    options = parser().parse_args(argv)
    source = path_from(options.source)

    from .public.model_folders import BadCheckpoint
    from .public.whole_models import require_there

    require_there(source, "python -m scripts.convert {}")
    try:
        return convert(source, options)
    except BadCheckpoint as error:
        raise UsageError(str(error)) from error


def convert(source: Path, options) -> int:
    from .public.model_folders import carry_over, is_ours, load_into, read_folder, save_ours, save_theirs, token_ids
    from .training.architecture import summarise, tree
    from .workshop.pieces.loading import load

    config, weights = read_folder(source)
    model = load("reference").gpt.GPT(config)
    load_into(model, weights)
    print(tree(summarise(model)))
    logits = logits_of(model)
    print(f"\nloaded from {shown(source)}; it runs, with logits from {logits.min():.2f} to {logits.max():.2f}")
    if options.impl != "reference":
        try_in(options.impl, config, weights, logits)
    if options.target is None:
        return 0
    target, ids = path_from(options.target), token_ids(source)
    if is_ours(source):
        family = family_for(config, options.family)
        try:
            save_theirs(target, family, config, weights, ids)
        except ValueError as error:
            raise UsageError(str(error)) from error
        carry_over(source, target)
        print(f"written to {shown(target)}/, for {family.architecture} of transformers")
        if "eos_token_id" not in ids:
            print("No token is known to end a text: generate() of transformers goes on to max_new_tokens.")
    else:
        save_ours(target, config, weights, ids)
        carry_over(source, target)
        print(f"written to {shown(target)}/; `python -m scripts.describe {shown(target)}` describes it")
    return 0


def logits_of(model):
    """The logits of a short text, to see that the model runs."""
    import torch

    length = min(16, model.config.max_seq_len)
    tokens = torch.arange(length)[None] % model.config.vocab_size
    with torch.no_grad():
        return model.eval()(tokens)


def try_in(impl: str, config, weights, expected) -> None:
    """Load the weights into somebody's model and hold its logits against the reference's."""
    from .project.implementation import implementation_folder
    from .public.model_folders import load_into
    from .workshop.pieces.loading import load
    from .workshop.teach.stops import code_of

    folder = implementation_folder(impl)
    with code_of(impl):
        model = load(impl).gpt.GPT(config)
        load_into(model, weights)
        logits = logits_of(model)
    gap = (logits - expected).abs().max().item()
    print(f"loaded into {shown(folder)}; its logits differ from the reference's by at most {gap:.1e}")


def family_for(config, name: str | None):
    """The family that was asked for, or the first that a configuration is one of."""
    from .public.families import FAMILIES

    if name is not None:
        if name not in FAMILIES:
            raise UsageError(f"--family {name}: choose one of {', '.join(FAMILIES)}")
        return FAMILIES[name]
    reasons = []
    for family in FAMILIES.values():
        try:
            family.settings(config)
            return family
        except ValueError as error:
            reasons.append(str(error))
    nearest = min(reasons, key=lambda reason: reason.count(";"))
    raise UsageError(f"no class of transformers is like this model. The nearest: {nearest}")


if __name__ == "__main__":
    sys.exit(run_command(main))
