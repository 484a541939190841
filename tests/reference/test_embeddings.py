"""Positions that are added to the embeddings."""

import math

import pytest
import torch

from reference.config import GPTConfig
from reference.embeddings.absolute import LearnedPositions, SinusoidalPositions, sinusoidal_table


@pytest.mark.parametrize(("length", "dim"), [(9, 6), (1, 2), (32, 64)])
def test_the_sinusoidal_table_is_that_of_the_paper(length, dim):
    table = sinusoidal_table(length, dim)
    for t in range(length):
        for i in range(dim // 2):
            angle = t / 10000 ** (2 * i / dim)
            assert table[t, 2 * i].item() == pytest.approx(math.sin(angle), abs=1e-5)
            assert table[t, 2 * i + 1].item() == pytest.approx(math.cos(angle), abs=1e-5)


def test_the_dot_product_of_sinusoidal_vectors_depends_on_their_distance_only():
    products = sinusoidal_table(20, 16) @ sinusoidal_table(20, 16).T
    for distance in range(20):
        same_distance = products.diagonal(distance)
        torch.testing.assert_close(same_distance, same_distance[:1].expand_as(same_distance), rtol=0, atol=1e-5)


@pytest.mark.parametrize("kind", [LearnedPositions, SinusoidalPositions])
def test_added_positions_are_the_rows_of_their_table(kind):
    encoding = kind(GPTConfig(n_embd=8, n_head=2))
    table = encoding.embedding.weight if kind is LearnedPositions else encoding.table
    x, position = torch.randn(2, 3, 8), torch.tensor([4, 0, 9])
    expected = torch.stack([x[:, i] + table[p] for i, p in enumerate(position)], dim=1)
    torch.testing.assert_close(encoding(x, position), expected, rtol=0, atol=1e-6)


def test_the_sinusoidal_table_is_not_trained_and_a_bfloat16_stream_stays_bfloat16():
    encoding = SinusoidalPositions(GPTConfig(n_embd=8, n_head=2))
    assert not list(encoding.parameters()) and not encoding.state_dict()
    assert encoding(torch.zeros(1, 3, 8).bfloat16(), torch.arange(3)).dtype == torch.bfloat16
    with pytest.raises(ValueError, match="n_embd = 7: it must be even"):
        SinusoidalPositions(GPTConfig(n_embd=7, n_head=7))
