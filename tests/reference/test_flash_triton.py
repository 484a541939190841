"""The kernel in Triton against the tiles in PyTorch: on a GPU where there is one, else in Triton's interpreter.

Triton is an extra (`pip install -e '.[triton]'`, 1 GB on disk), so these tests are skipped where it is not installed.
"""

import os

import pytest
import torch

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
if DEVICE == "cpu":
    os.environ["TRITON_INTERPRET"] = "1"  # Triton reads it when it is imported

pytest.importorskip("triton", reason="the extra `triton` is not installed", exc_type=ImportError)

from reference.attentions.backends.flash import tiled_forward  # noqa: E402
from reference.attentions.backends.flash_triton import triton_forward  # noqa: E402

CASES = [
    # T, H, G, window: lengths that do not divide tiles, shared heads, windows of one, of some and of everything
    (50, 4, 2, None),
    (128, 2, 1, 20),
    (1, 2, 2, None),
    (67, 4, 4, 1),
    (40, 2, 1, 100),
]


def inputs(T: int, H: int, G: int, dtype: torch.dtype = torch.float32) -> list[torch.Tensor]:
    # Scores up to some hundreds: without a running maximum they overflow.
    generator = torch.Generator().manual_seed(T)
    shapes = ((H, 8.0), (G, 8.0), (G, 1.0))
    return [(size * torch.randn(2, heads, T, 16, generator=generator)).to(DEVICE, dtype) for heads, size in shapes]


@pytest.mark.parametrize("dtype", [torch.float32] if DEVICE == "cpu" else [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(("T", "H", "G", "window"), CASES)
def test_the_kernel_gives_the_numbers_of_the_tiles(T, H, G, window, dtype):
    query, key, value = inputs(T, H, G, dtype)
    out, logsumexp = triton_forward(query, key, value, 0.5, window, 16, 32)
    position = torch.arange(T, device=DEVICE)
    exact = tiled_forward(query.double(), key.double(), value.double(), position, position, 0.5, window)
    # Scores of some hundreds are known to 2e-5 in float32. The tensor cores of a GPU round factors to 10 bits, or to 7.
    tolerance = 2e-4 if DEVICE == "cpu" else {torch.float32: 0.05, torch.bfloat16: 0.1}[dtype]
    torch.testing.assert_close(out.double(), exact[0], rtol=tolerance, atol=tolerance)
    torch.testing.assert_close(logsumexp.double(), exact[1], rtol=tolerance, atol=tolerance)


def test_what_the_kernel_cannot_do_is_refused():
    query, key, value = inputs(8, 2, 2)
    with pytest.raises(ValueError, match="D = 16, block_q = 24, block_k = 64: powers of two"):
        triton_forward(query, key, value, 0.5, block_q=24)
    with pytest.raises(ValueError, match=r"as many keys as queries \(5 and 8\)"):
        triton_forward(query, key[:, :, :5], value[:, :, :5], 0.5)
