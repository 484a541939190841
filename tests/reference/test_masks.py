import itertools

import pytest
import torch

from reference.attentions.backends.masks import attention_mask, count_scores


@pytest.mark.parametrize("window", [None, 1, 2, 5, 9])
def test_a_query_attends_to_itself_and_what_is_near_before_it(window):
    query, key = torch.tensor([[3, 4, 5], [0, 1, 2]]), torch.tensor([[0, 1, 2, 3, 4, 5, 9], [2, 0, 1, 7, 8, 3, 4]])
    mask = attention_mask(query, key, window)
    for b, t, s in itertools.product(range(2), range(3), range(7)):
        here, there = int(query[b, t]), int(key[b, s])
        assert mask[b, t, s] == (there in range(here + 1) and (window is None or there > here - window))


@pytest.mark.parametrize("length", [1, 2, 7, 12])
@pytest.mark.parametrize("window", [None, 1, 3, 7, 40])
def test_scores_are_counted_as_the_mask_leaves_them(length, window):
    position = torch.arange(length)
    assert count_scores(length, window) == attention_mask(position, position, window).sum()
