"""What models cost when they are used: bytes of weights and of a cache, operations of a token."""

from argparse import ArgumentParser, Namespace

from scripts.project import at_least, path_from

DTYPES = ("bfloat16", "float16", "float32")


def add_options(parser: ArgumentParser) -> None:
    """The flags of `learn memory`, which `python -m scripts.describe --memory` has too."""
    about = "tokens in each sequence of the cache (default: each model's max_seq_len)"
    parser.add_argument("--length", type=at_least(1), metavar="N", help=about)
    parser.add_argument("--batch_size", type=at_least(1), metavar="N", help="sequences (default: 1)")
    parser.add_argument("--dtype", choices=DTYPES, help="of weights and cache (default: bfloat16)")
    parser.add_argument("--plot", type=path_from, metavar="FILE", help="also draw it, into a PNG file")


def command(options: Namespace) -> int:
    from scripts.measuring.inference_cost import report
    from scripts.training.models import named

    models = {model: named(model, options.tiny) for model in options.models or ("gpt2", "llama", "deepseek")}
    return report(models, options)
