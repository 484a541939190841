"""What attentions.composed.Attention.__init__ is asked."""

from torch import nn

from scripts.course.attentions.shared import WEIGHTED, attend
from scripts.workshop.check.cases import (
    attributes,
    case,
    parameters,
    small,
)


def created(package, config, layer: int = 0) -> dict:
    module = package.attentions.composed.Attention(config, layer)
    names = ("n_head", "n_kv_head", "head_dim", "scale", "window", "softcap")
    sinks = getattr(module, "sinks", "not set")
    return {
        "the parameters": parameters(module),
        "the attributes": attributes(module, *names),
        "the kinds of norm": [type(getattr(module, name, None)).__name__ for name in ("q_norm", "k_norm")],
        "the dropout": getattr(getattr(module, "dropout", None), "p", "no dropout"),
        "the backend": getattr(getattr(module, "backend", None), "__name__", "no function"),
        "the sinks": sinks.tolist() if isinstance(sinks, nn.Parameter) else repr(sinks),
    }


@case("two query heads to a key/value head")
def grouped_init(package):
    return created(package, small())


@case("a key/value head for every query head")
def multi_head_init(package):
    return created(package, small(n_kv_head=4))


@case("heads of another size than C/H, biases, a scale, dropout")
def other_init(package):
    return created(package, small(head_dim=10, bias=True, softmax_scale=0.25, dropout=0.25))


@case("no QK norm, heads of another size than C/H")
def init_without_norm(package):
    return created(package, small(qk_norm="off", head_dim=10))


@case("QK norm over the full width, before the rotation")
def full_width_init(package):
    return created(package, small(qk_norm="full", qk_norm_after_rotary=False, **WEIGHTED))


@case("a soft cap and a gate")
def init_with_a_soft_cap(package):
    config = small(attention_softcap=5.0, attention_gate=True, head_dim=10)
    return created(package, config)


@case("a gate and biases")
def init_with_gate(package):
    return created(package, small(attention_gate=True, bias=True))


EVERYTHING = {
    "attention_sinks": True,
    "attention_softcap": 5.0,
    "attention_gate": True,
    "bias": True,
    "dropout": 0.25,
    "head_dim": 10,
    "softmax_scale": 0.25,
    "qk_norm": "full",
    "qk_norm_after_rotary": False,
    **WEIGHTED,
}


@case("three layers, with and without a window in turn, and with all else that there is")
def init_with_windows(package):
    config = small(n_layer=3, attention_window="3,none", **EVERYTHING)
    return {f"layer {layer}": created(package, config, layer) for layer in range(3)}


@case("torch's own attention to compute it, and all that it can do")
def init_with_backend(package):
    others = {"attention_sinks": False, "attention_softcap": None}
    return created(package, small(attention_backend="sdpa", attention_window="3", **EVERYTHING | others))


@case("a soft cap, and a backend that has none")
def init_refused(package):
    try:
        package.attentions.composed.Attention(small(attention_backend="sdpa", attention_softcap=5.0), 0)
    except ValueError as error:
        return {"what is raised": "ValueError", "the soft cap is named": "attention_softcap" in str(error)}
    return {"what is raised": "nothing", "the soft cap is named": False}


@case("five tokens to look at, sinks and a gate")
def init_and_forward_with_everything(package):
    return attend(package, small(attention_sinks=True, attention_gate=True, **WEIGHTED), length=5)


@case("five tokens to look at")
def init_and_forward(package):
    return attend(package, small(**WEIGHTED), length=5)


@case("five tokens to look at, and the QK norm before the rotation")
def init_and_forward_normed_before(package):
    return attend(package, small(qk_norm_after_rotary=False, **WEIGHTED), length=5)
