"""What attention.CausalSelfAttention.__init__ is asked."""

from scripts.course.attention.shared import attend
from scripts.workshop.check.cases import attributes, case, parameters, small


def created(package, config) -> dict:
    module = package.attention.CausalSelfAttention(config)
    return {
        "the parameters": parameters(module),
        "the attributes": attributes(module, "n_head", "n_kv_head", "head_dim", "norm_eps"),
    }


@case("two query heads to a key/value head")
def grouped(package):
    return created(package, small())


@case("a key/value head for every query head")
def multi_head(package):
    return created(package, small(n_kv_head=4))


@case("heads of another size than C/H")
def other_size(package):
    return created(package, small(head_dim=10))


@case("another eps")
def other_eps(package):
    return created(package, small(norm_eps=0.25))


@case("five tokens to look at")
def init_and_forward(package):
    return attend(package, small(), length=5)
