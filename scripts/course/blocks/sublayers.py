"""Mistakes that people make in every block whose MLP comes after attention, made from its two lines."""

import re

from scripts.course.blocks.explanations import (
    CACHE_LEFT_BEHIND,
    EMPTY_CONTEXT,
    IN_PARALLEL,
    MLP_FIRST,
    NO_RESIDUAL,
    NORMS_EXCHANGED,
    NORMS_SWAPPED,
    OVERWRITTEN,
    RESIDUAL_FROM_INPUT,
    STREAM_TWICE,
    SUBLAYER_FORGOTTEN,
)
from scripts.workshop.diagnose import Kind

SWAPPED = {"attn_norm": "mlp_norm", "mlp_norm": "attn_norm"}


def sublayer_mistakes(first: str, second: str, stream: str = "x + ") -> dict[str, Kind]:
    """first, second: the lines of attention and of the MLP, as they stand in the block. stream: what adds the residual
    stream in both."""
    attn, mlp = first.removeprefix("x = "), second.removeprefix("return ").removeprefix("x = ")
    norm, sublayer = mlp.split(stream)  # what stands around the sum, if something does; and what is added

    def both(attn: str, mlp: str) -> tuple[str, str]:
        return first, f"{attn}\n        return {mlp}"

    def without_stream(text: str) -> str:
        return text.replace(stream, "", 1)

    def with_other_norm(text: str) -> str:
        return re.sub("attn_norm|mlp_norm", lambda name: SWAPPED[name[0]], text)

    mistakes = {
        "no residual": Kind(
            NO_RESIDUAL,
            {
                "no residual around attention": (first, without_stream(first)),
                "no residual around the MLP": (second, f"return {without_stream(mlp)}"),
                "no residual around either": both(without_stream(first), without_stream(mlp)),
            },
        ),
        "sublayer forgotten": Kind(
            SUBLAYER_FORGOTTEN, {"MLP forgotten": (second, "return x"), "attention forgotten": (first, "pass")}
        ),
        "MLP first": Kind(MLP_FIRST, {"MLP first": both(f"x = {mlp}", attn)}),
        "in parallel": Kind(
            IN_PARALLEL,
            {"in parallel": both(f"y = {attn}", f"{norm}{stream.replace('x', 'y')}{sublayer}")},
        ),
        "MLP's residual from the block's input": Kind(
            RESIDUAL_FROM_INPUT,
            {
                "MLP added to the block's input": both(
                    f"attended = {attn}", norm + stream + re.sub(r"\bx\b", "attended", sublayer)
                )
            },
        ),
        "empty context": Kind(
            EMPTY_CONTEXT, {"an empty context handed on": (", context)", ", Context(context.position))")}
        ),
        "cache left behind": Kind(
            CACHE_LEFT_BEHIND, {"context without its cache": (", context)", ", context._replace(cache=None))")}
        ),
    }
    if not norm:
        mistakes["overwritten too early"] = Kind(
            OVERWRITTEN, {"second sum in place": (second, f"x += {sublayer}\n        return x")}
        )
        mistakes["stream added twice"] = Kind(
            STREAM_TWICE,
            {
                "first residual counted twice": (first, f"x = x + {attn}"),
                "second residual counted twice": (second, f"return x + {mlp}"),
                "both residuals counted twice": both(f"x = x + {attn}", f"x + {mlp}"),
            },
        )
    # Where there is one norm for each sublayer.
    if "_norm(" in attn and "_out_norm(" not in attn:
        mistakes["norms swapped"] = Kind(
            NORMS_SWAPPED,
            {
                "the norms swapped, first": (first, with_other_norm(first)),
                "the norms swapped, then": (second, f"return {with_other_norm(mlp)}"),
            },
        )
        mistakes["norms exchanged"] = Kind(
            NORMS_EXCHANGED, {"the norms swapped, both": both(with_other_norm(first), with_other_norm(mlp))}
        )
    return mistakes
