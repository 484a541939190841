"""Cases for attention.py."""

import torch

from . import attributes, case, draw, fill, growth, outcome, parameters, rotary_tables, share_of_zeros, small

INIT, FORWARD = "attention.CausalSelfAttention.__init__", "attention.CausalSelfAttention.forward"

# QK norms with weights of their own, so that it shows whether they come before the rotation or after it.
WEIGHTED = {"qk_normalization": "rmsnorm"}


def attend(package, config, length: int, spread: float = 0.5, bias: bool = False, interleaved: bool = False) -> dict:
    module = fill(package.attention.CausalSelfAttention(config), spread)
    context = package.positions.Context(*rotary_tables(length, config.head_dim), interleaved=interleaved)
    if bias:
        context = package.positions.Context(bias=draw(config.n_head, length, length, seed=7))
    return outcome(lambda x: module(x, context), draw(2, length, config.n_embd), module=module)


def created(package, config) -> dict:
    module = package.attention.CausalSelfAttention(config)
    names = ("n_head", "n_kv_head", "head_dim", "scale", "qk_norm_after_rotary")
    return {
        "the parameters": parameters(module),
        "the attributes": attributes(module, *names),
        "the kinds of norm": [type(getattr(module, name, None)).__name__ for name in ("q_norm", "k_norm")],
        "the share that is dropped": getattr(getattr(module, "dropout", None), "p", "no dropout"),
    }


@case(INIT, "two query heads to a key/value head")
def grouped_init(package):
    return created(package, small())


@case(INIT, "a key/value head for every query head")
def multi_head_init(package):
    return created(package, small(n_kv_head=4))


@case(INIT, "heads of another size than C/H, biases, a scale, dropout")
def other_init(package):
    return created(package, small(head_dim=10, bias=True, score_scale=0.25, dropout=0.25))


@case(INIT, "no QK norm, heads of another size than C/H")
def init_without_norm(package):
    return created(package, small(qk_norm="off", head_dim=10))


@case(INIT, "QK norm over the full width, before the rotation")
def full_width_init(package):
    return created(package, small(qk_norm="full", qk_norm_after_rotary=False, **WEIGHTED))


@case(INIT, "five tokens to look at")
def init_and_forward(package):
    return attend(package, small(**WEIGHTED), length=5)


@case(FORWARD, "two query heads to a key/value head")
def grouped(package):
    return attend(package, small(), length=7)


@case(FORWARD, "a key/value head for every query head")
def multi_head(package):
    return attend(package, small(n_kv_head=4), length=5)


@case(FORWARD, "one key/value head for all")
def multi_query(package):
    return attend(package, small(n_kv_head=1), length=5)


@case(FORWARD, "QK norms with weights, after the rotation")
def norm_after(package):
    return attend(package, small(**WEIGHTED), length=5)


@case(FORWARD, "QK norms with weights, before the rotation")
def norm_before(package):
    return attend(package, small(qk_norm_after_rotary=False, **WEIGHTED), length=5)


@case(FORWARD, "QK norms over the full width")
def full_width(package):
    return attend(package, small(qk_norm="full", qk_norm_after_rotary=False, **WEIGHTED), length=5)


@case(FORWARD, "no QK norm, biases, and heads of another size than C/H")
def plain(package):
    return attend(package, small(qk_norm="off", bias=True, head_dim=10), length=5)


@case(FORWARD, "a scale of its own")
def scaled(package):
    return attend(package, small(score_scale=0.7), length=5)


@case(FORWARD, "positions that are told by a bias on the scores, and not by turning")
def biased(package):
    return attend(package, small(), length=5, bias=True)


@case(FORWARD, "rotary positions that pair neighbours")
def interleaved(package):
    return attend(package, small(), length=5, interleaved=True)


@case(FORWARD, "a single token")
def single(package):
    report = attend(package, small(), length=1)
    # One token's weight is one, whatever its score: these two gradients are zero up to rounding errors, and there is
    # nothing that would tell how large those may be. Torch's fused attention makes some, the reference makes none.
    del report["the gradient to q_proj.weight"], report["the gradient to k_proj.weight"]
    return report


@case(FORWARD, "as many tokens as heads")
def square(package):
    return attend(package, small(), length=4)


@case(FORWARD, "sequences of different lengths, one after the other")
def lengths(package):
    config = small()
    module, Context = fill(package.attention.CausalSelfAttention(config)), package.positions.Context
    return {
        f"the result for {T} tokens": module(draw(2, T, config.n_embd), Context(*rotary_tables(T))).detach()
        for T in (3, 6, 2)
    }


@case(FORWARD, "weights so small that eps counts in the QK norm")
def small_weights(package):
    return attend(package, small(), length=5, spread=1 / 32)


@case(FORWARD, "dropout, in training and in evaluation")
def dropout(package):
    # One head that looks at one token, whose weight is dropped or not; then a share of what comes out.
    torch.manual_seed(0)
    module = fill(package.attention.CausalSelfAttention(small(n_head=1, n_kv_head=1, dropout=0.25)))
    x, context = draw(2000, 1, 24), package.positions.Context()
    with torch.no_grad():
        trained, evaluated = module.train()(x, context), module.eval()(x, context)
    left = trained[(trained != 0).any(dim=-1)]
    return {
        "the share of tokens that get nothing": share_of_zeros(trained.abs().sum(dim=-1), 0.25),
        "the share of numbers dropped of the others": share_of_zeros(left, 0.25),
        # Whatever is not dropped is enlarged by 4/3, twice.
        "what the rest is multiplied by": growth(trained, evaluated),
        "the result in evaluation": evaluated,
    }


@case(FORWARD, "dropout, the same two tokens again and again")
def dropout_of_two(package):
    # What the second token gets are both values, one of them, or none. More would mean that the weights themselves
    # change.
    torch.manual_seed(0)
    module = fill(package.attention.CausalSelfAttention(small(n_head=1, n_kv_head=1, dropout=0.25)))
    x, context = draw(1, 2, 24).expand(1000, 2, 24), package.positions.Context()
    with torch.no_grad():
        found = module.train()(x, context)[:, 1, 0]
    return {"how many different numbers come out in the same place": len((100 * found).round().unique())}


@case(FORWARD, "bfloat16 weights and inputs, float32 tables", dtype=torch.bfloat16)
def bfloat16(package):
    module = fill(package.attention.CausalSelfAttention(small()))
    context = package.positions.Context(*rotary_tables(5))
    return {"the result": module(draw(2, 5, 24), context).detach()}


@case(FORWARD, "bfloat16 weights and inputs, a float32 bias", dtype=torch.bfloat16)
def bfloat16_bias(package):
    module = fill(package.attention.CausalSelfAttention(small()))
    context = package.positions.Context(bias=draw(4, 5, 5).float())
    return {"the result": module(draw(2, 5, 24), context).detach()}


def norm_together(package, x, eps: float = 1e-6) -> dict:
    heads, head_dim = x.shape[-2:]
    module = fill(package.attention.FullWidthNorm(package.norms.RMSNorm(heads * head_dim, eps)))
    return outcome(module, x, module=module)


@case("attention.FullWidthNorm.forward", "heads of different sizes")
def full_norm(package):
    return norm_together(package, draw(2, 5, 3, 4) * torch.tensor([1.0, 8.0, 0.25])[:, None])


@case("attention.FullWidthNorm.forward", "as many heads as tokens and numbers per head")
def square_norm(package):
    return norm_together(package, draw(4, 4, 4, 4))


@case("attention.FullWidthNorm.forward", "vectors so small that eps counts")
def small_norm(package):
    return norm_together(package, draw(2, 5, 3, 4) / 64, eps=1e-3)


@case("attention.FullWidthNorm.forward", "bfloat16 weights and inputs", dtype=torch.bfloat16)
def bfloat16_norm(package):
    return norm_together(package, draw(2, 5, 3, 4))
