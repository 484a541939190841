"""Cases for blocks.py."""

import torch

from scripts.workshop.check.cases import case_of, draw, fill, outcome, rotary_tables, small


def pass_through(package, x: torch.Tensor, kind: str = "Block", **changes) -> dict:
    # Norms with weights, so that it shows which norm is used where.
    module = fill(getattr(package.blocks, kind)(small(normalization="rmsnorm", **changes)))
    context = package.positions.Context(torch.arange(x.shape[1]), *rotary_tables(x.shape[1]))
    return outcome(lambda x: module(x, context), x, module=module)


def forward_cases(kind: str) -> None:
    piece = f"blocks.{kind}.forward"

    @case_of(piece, "an ordinary residual stream")
    def ordinary(package):
        return pass_through(package, draw(2, 5, 24), kind)

    @case_of(piece, "attention scaled down with depth")
    def scaled(package):
        return pass_through(package, draw(2, 5, 24), kind, attn_scale=True)

    @case_of(piece, "a residual stream that has grown large")
    def large(package):
        return pass_through(package, 20 * draw(2, 5, 24), kind)

    @case_of(piece, "a residual stream so small that eps counts")
    def little(package):
        return pass_through(package, draw(2, 5, 24) / 16, kind)
