"""What embeddings.multi_token.MTPModule.forward is asked."""

import torch

from scripts.course.attention.shared import context_of
from scripts.course.embeddings.multi_token.shared import FIELDS
from scripts.workshop.check.cases import case, draw, fill, gradient, outcome, small


def predicted(package, length: int = 5, starts: tuple[int, ...] = (0,), **changes) -> dict:
    config = small(**FIELDS | changes)
    module = fill(package.embeddings.multi_token.MTPModule(config))
    context = context_of(package, config.head_dim, *starts, length=length)
    h, e = draw(2, length, config.n_embd), 3 * draw(2, length, config.n_embd, seed=1)
    e.requires_grad_()
    report = outcome(lambda h: module(h, e, context), h, module=module)
    return report | {"the gradient to the embedding": gradient(e), "the embedding after the call": e.detach()}


case("norms with weights")(lambda package: predicted(package))


case("as many tokens as sequences, without weights in the norms")(
    lambda package: predicted(package, 2, normalization="rmsnorm_noparam")
)


case("sequences that stand at different positions, and a window")(
    lambda package: predicted(package, 4, (5, 2), attention_window="none,2")
)


case("layer norm, a sandwich, a gated feed-forward")(
    lambda package: predicted(package, normalization="layernorm", post_norm=True, ffn_type="gated", activation="silu")
)


case("post-norm blocks, which need no norm behind them")(lambda package: predicted(package, norm_position="post"))


case("a single token")(lambda package: predicted(package, 1, bias=True))


@case("bfloat16 weights and inputs", dtype=torch.bfloat16)
def bfloat16(package):
    return {"the result": predicted(package)["the result"]}
