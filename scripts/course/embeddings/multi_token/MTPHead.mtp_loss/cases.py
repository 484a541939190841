"""What embeddings.multi_token.MTPHead.mtp_loss is asked."""

import torch

from scripts.course.embeddings.multi_token.shared import head_of
from scripts.workshop.check.cases import case, draw, draw_tokens, outcome


def lost(package, length: int = 6, without: tuple[tuple[int, int], ...] = (), **changes) -> dict:
    head, targets = head_of(package, **changes), draw_tokens(2, length, seed=3)
    for place in without:
        targets[place] = -1
    report = outcome(lambda x: head.mtp_loss(x, targets), draw(2, length, head.lm_head.in_features), module=head)
    return report | {"the targets after the call": targets}


case("two depths")(lambda package: lost(package))


case("a text too short for the third depth, a tied head without a cap, and learned positions")(
    lambda package: lost(
        package, 3, n_mtp=3, weight_tying=True, logit_softcap=None, position_encoding="learned_absolute"
    )
)


case("positions that do not count, so that only one is left at the second depth")(
    lambda package: lost(package, 4, without=((0, 1), (1, 0), (1, 1), (1, 2)), attention_window="none,2")
)


@case("bfloat16 weights and inputs", dtype=torch.bfloat16)
def bfloat16(package):
    return {"the result": lost(package, 4)["the result"]}
