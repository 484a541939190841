"""Convert checkpoints: a folder of transformers into one of ours, and one of ours into a folder of transformers.

examples:
  python -m scripts.convert checkpoints/qwen3                     load it, try it, say what it is
  python -m scripts.convert checkpoints/qwen3 mine/qwen3          and write it as a folder of ours
  python -m scripts.convert checkpoints/qwen3 --impl learn        load it into the model that you wrote
  python -m scripts.convert mine/qwen3 theirs/qwen3               a folder that transformers loads

A folder holds config.json and model.safetensors or pytorch_model.bin (or their parts and an index). Nothing is
downloaded. Of config.json every setting is read, is known to have no effect, or is refused by name. Weights keep their
dtype, and the tokens that begin and end a text their numbers: in a folder of ours, generation_config.json has them.
"""

import sys
from pathlib import Path

from scripts.project import Parser, UsageError, path_from, run_command, shown

# For each family, a public checkpoint to begin with.
CHECKPOINTS = {
    "gpt1": "openai-community/openai-gpt",
    "gpt2": "openai-community/gpt2",
    "opt": "facebook/opt-125m",
    "bloom": "bigscience/bloom-560m",
    "neox": "EleutherAI/pythia-160m",
    "llama": "HuggingFaceTB/SmolLM2-135M",
    "qwen3": "Qwen/Qwen3-0.6B",
    "smollm3": "HuggingFaceTB/SmolLM3-3B",
    "olmo": "allenai/OLMo-1B-hf",
    "olmo2": "allenai/OLMo-2-0425-1B",
    "gemma3": "google/gemma-3-1b-pt",
    "cohere": "CohereLabs/c4ai-command-r-v01",
    "mixtral": "mistralai/Mixtral-8x7B-v0.1",
}


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


def missing_folder(source: str) -> str:
    """What to do where there is no such folder: it may be the name of a model, or of one on a hub."""
    name = CHECKPOINTS.get(source, source if source.count("/") == 1 else "OWNER/MODEL")
    folder = f"checkpoints/{name.rpartition('/')[2].lower()}"
    known = ", ".join(sorted(CHECKPOINTS))
    return (
        f"{source}: there is no such folder, and nothing is downloaded here. Where there is network, fetch config.json "
        f"and *.safetensors of a checkpoint, for example with\n"
        f"  pip install huggingface_hub\n"
        f"  hf download {name} --include config.json '*.safetensors*' --local-dir {folder}\n"
        f"and then: python -m scripts.convert {folder}\n"
        f"(`python -m scripts.convert NAME` says where to find one for {known})"
    )


def main(argv=None) -> int:
    options = parser().parse_args(argv)
    source = path_from(options.source)
    if not source.exists():
        raise UsageError(missing_folder(options.source))

    from .public.model_folders import BadCheckpoint

    try:
        return convert(source, options)
    except BadCheckpoint as error:
        raise UsageError(str(error)) from error


def convert(source: Path, options) -> int:
    from .public.model_folders import is_ours, load_into, read_folder, save_ours, save_theirs, token_ids
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
        print(f"written to {shown(target)}/, for {family.architecture} of transformers")
        if "eos_token_id" not in ids:
            print("No token is known to end a text: generate() of transformers goes on to max_new_tokens.")
    else:
        save_ours(target, config, weights, ids)
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
    from .implementation import implementation_folder
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
