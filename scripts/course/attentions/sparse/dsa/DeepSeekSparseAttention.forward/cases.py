"""What attentions.sparse.dsa.DeepSeekSparseAttention.forward is asked."""

import torch

from scripts.course.attentions.sparse.dsa.shared import context_of, layer, tokens
from scripts.workshop.check.cases import case, gradient, outcome


def forward(package, length: int, mode: tuple[bool, bool] = (False, False), **changes) -> dict:
    """mode: whether it is the dense warm-up, and whether the layer is in training, with two losses."""
    module, context = layer(package, **changes), context_of(package, 0, length)
    # A loss that an earlier pass has left.
    module.dense, module.auxiliary_loss = mode[0], torch.tensor(9.0)
    report = outcome(lambda x: module.train(mode[1])(x, context), tokens(length), module=module)
    loss = module.auxiliary_loss
    if not isinstance(loss, torch.Tensor):
        return report | {"the auxiliary loss": loss}
    # Only what the loss adds.
    for parameter in module.parameters():
        parameter.grad = None
    x = tokens(length).requires_grad_()
    module(x, context)
    module.auxiliary_loss.backward()
    report |= {f"the auxiliary loss's gradient to {name}": gradient(each) for name, each in module.named_parameters()}
    return report | {"the auxiliary loss": loss.detach(), "its gradient to the input": gradient(x)}


case("seven tokens, of which three are chosen")(lambda package: forward(package, 7))


case("training")(lambda package: forward(package, 7, (False, True), bias=True, index_loss_coef=0.5))


case("training without a latent for queries, in the dense warm-up")(
    lambda package: forward(package, 5, (True, True), query_latent_rank=None)
)


case("training of everything but the indexer, with QK norms")(
    lambda package: forward(package, 5, (False, True), index_loss_coef=0.0, qk_norm="head", qk_normalization="rmsnorm")
)


@case("bfloat16 weights and tokens", dtype=torch.bfloat16)
def bfloat16(package):
    module = layer(package, index_topk=9)
    return {"the result": module(tokens(5), context_of(package, 0, 5)).detach()}


def cached(package, **changes) -> dict:
    """Read tokens in parts; report what comes out, what the cache is given, and which form attends."""
    given, taken = [], []

    class Listening(package.decoding.cache.ContiguousCache):
        def update(self, position, *entries):
            given.append([entry.detach().clone() for entry in entries])
            return super().update(position, *entries)

    module, cache, report = layer(package, **changes), Listening(24), {}
    for name in ("naive", "absorbed"):
        method = getattr(module, name)
        setattr(module, name, lambda *inputs, name=name, method=method: (taken.append(name), method(*inputs))[1])
    for start, length in ((0, 12), (12, 1), (13, 2)):
        with torch.no_grad():
            context = context_of(package, start, length, cache=cache)
            report[f"the result of the tokens from {start} on"] = module(tokens(length, seed=start), context)
        report |= {f"entry {kind} of the tokens from {start} on": entry for kind, entry in enumerate(given[-1])}
    return report | {"how often the cache is asked": len(given), "the forms": ", ".join(taken)}


case("a cache, and a text in parts")(cached)


case("a cache, a window and QK norms, with which nothing can be absorbed")(
    lambda package: cached(package, attention_window="6", qk_norm="head")
)


@case("dropout of one half")
def dropped(package):
    torch.manual_seed(0)
    module = layer(package, dropout=0.5).train()
    with torch.no_grad():
        zero = module(tokens(6), context_of(package, 0, 6)) == 0
    return {"whether some elements of a token are zero, and others not": bool((zero.any(-1) & ~zero.all(-1)).any())}
