"""What encodings.alibi.ALiBi.bias is asked."""

import torch

from reference.decoding.cache import EMPTY_SLOT
from scripts.course.positions.shared import together
from scripts.workshop.check.cases import case, small


def bias_case(
    about: str, n_head: int, query: torch.Tensor, key: torch.Tensor | None = None, dtype: torch.dtype = torch.float32
) -> None:
    @case(about, dtype)
    def biases(package):
        module = package.encodings.alibi.ALiBi(small(n_head=n_head, n_kv_head=n_head, head_dim=6))
        positions = [query.clone()] * 2 if key is None else [query.clone(), key.clone()]
        bias = module.bias(*positions)
        if isinstance(bias, torch.Tensor):
            # What lies ahead is hidden, whatever its bias; an axis for the heads goes where they have theirs.
            ahead = positions[0][..., :, None] < positions[1][..., None, :]
            bias = bias.masked_fill(ahead.unsqueeze(-3), 0.0)
        return {
            "the bias": bias,
            "the slopes after the call": module.slopes,
            "the positions of the queries after the call": positions[0],
            "the positions of the keys after the call": positions[-1],
        }


bias_case("positions 3 to 7", 2, torch.arange(3, 8))


bias_case(
    "bfloat16 as torch's default dtype, and keys a thousand tokens back",
    4,
    torch.tensor([2001, 3001]),
    torch.tensor([1000, 1001, 1003, 3001]),
    dtype=torch.bfloat16,
)


bias_case("as many heads as tokens", 4, torch.arange(4))


bias_case("a single token", 4, torch.tensor([5]))


bias_case("positions that leave some out", 3, torch.tensor([0, 1, 5, 6]))


bias_case("three new tokens, and seven keys in a cache", 2, torch.arange(4, 7), torch.arange(7))


bias_case(
    "one new token, and keys in the order of a rolling cache", 3, torch.tensor([7]), torch.tensor([4, 5, 6, 3, 7])
)


bias_case("a slot that holds nothing", 2, torch.arange(2, 4), torch.tensor([0, EMPTY_SLOT, 1, 2, 3]))


bias_case("sequences that stand at different positions", 4, together(range(3), [5, 7, 8]))


bias_case("as many sequences as heads and tokens", 2, together([0, 1], [5, 8]))


bias_case(
    "sequences of different lengths in a cache",
    2,
    together([6, 7], [2, 3], [4, 5]),
    together(range(8), range(8), range(8)),
)
