"""What attentions.latent.MultiHeadLatentAttention.__init__ is asked."""

from torch import Tensor

from scripts.course.attentions.latent.shared import (
    INIT,
    QUERY_LATENT,
    WEIGHTED,
    attend,
    latent,
)
from scripts.workshop.check.cases import attributes, case_of, parameters


def created(package, config, layer: int = 0) -> dict:
    module = package.attentions.latent.MultiHeadLatentAttention(config, layer)
    names = ("n_head", "head_dim", "rope_head_dim", "value_head_dim", "scale", "window", "softcap", "can_absorb")
    norms = ("kv_down_norm", "q_down_norm", "q_norm", "k_norm")
    sinks = getattr(module, "sinks", "not set")
    return {
        "the parameters": parameters(module),
        "the attributes": attributes(module, *names),
        "the norms": {name: type(getattr(module, name, None)).__name__ for name in norms},
        "their eps": {name: getattr(getattr(module, name, None), "eps", None) for name in norms},
        "the share that is dropped": getattr(getattr(module, "dropout", None), "p", "no dropout"),
        "the backend": getattr(getattr(module, "backend", None), "__name__", "none"),
        "the sinks": sinks.tolist() if isinstance(sinks, Tensor) else str(sinks),
    }


@case_of(INIT, "queries made from the token itself")
def plain_init(package):
    return created(package, latent())


@case_of(INIT, "queries with a latent of their own, and dropout")
def query_latent_init(package):
    return created(package, latent(dropout=0.25, **QUERY_LATENT))


@case_of(INIT, "biases, a scale of its own, dropout")
def biased_init(package):
    return created(package, latent(bias=True, softmax_scale=0.3, dropout=0.25, **QUERY_LATENT))


@case_of(INIT, "biases, and no latent for queries")
def biased_init_without_query_latent(package):
    return created(package, latent(bias=True))


@case_of(INIT, "values as large as keys' content")
def same_size_init(package):
    return created(package, latent(value_head_dim=None))


@case_of(INIT, "QK norms with weights")
def normed_init(package):
    return created(package, latent(**WEIGHTED))


@case_of(INIT, "QK norms over all heads")
def full_norm_init(package):
    return created(package, latent(qk_norm="full", qk_normalization="rmsnorm"))


@case_of(INIT, "QK norms without weights")
def weightless_norm_init(package):
    return created(package, latent(qk_norm="head"))


@case_of(INIT, "a soft cap on the scores, and sinks")
def capped_init(package):
    return created(package, latent(attention_softcap=20.0, attention_sinks=True))


@case_of(INIT, "three layers, with and without a window in turn, and with all else that there is")
def windowed_init(package):
    everything = QUERY_LATENT | WEIGHTED | {"attention_softcap": 20.0, "attention_sinks": True, "bias": True}
    config = latent(n_layer=3, attention_window="3,none", dropout=0.25, softmax_scale=0.3, **everything)
    return {f"layer {layer}": created(package, config, layer) for layer in range(3)}


@case_of(INIT, "another backend, and a window")
def sdpa_init(package):
    return created(package, latent(attention_backend="sdpa", attention_window="3"))


@case_of(INIT, "norms of another kind and eps in the rest of the model")
def other_norms_init(package):
    return created(package, latent(normalization="layernorm", norm_eps=0.1, **QUERY_LATENT))


def raised(function, *inputs) -> str:
    try:
        function(*inputs)
    except Exception as error:
        return type(error).__name__
    return "nothing"


@case_of(INIT, "grouped heads, or a gate")
def refused(package):
    attention = package.attentions.latent.MultiHeadLatentAttention
    return {
        "what two key/value heads raise": raised(attention, latent(n_kv_head=2), 0),
        "what one key/value head raises": raised(attention, latent(n_kv_head=1), 0),
        "what a gate raises": raised(attention, latent(attention_gate=True), 0),
        "what grouped heads and a gate raise": raised(attention, latent(n_kv_head=2, attention_gate=True), 0),
    }


@case_of(INIT, "five tokens to look at")
def init_and_forward(package):
    return attend(package, latent(**QUERY_LATENT), length=5) | {
        f"{name}, without a latent for queries": value for name, value in attend(package, latent(), length=5).items()
    }
