"""What attentions.latent.MultiHeadLatentAttention.naive is asked."""

import torch

from scripts.course.attentions.latent.shared import (
    NAIVE,
    WEIGHTED,
    ask,
    handed_over,
    latent,
)
from scripts.workshop.check.cases import (
    case_of,
)


@case_of(NAIVE, "QK norms with weights")
def naive_normed(package):
    return ask(package, "naive", latent(**WEIGHTED), 3, 6, "q_nope")


@case_of(NAIVE, "QK norms over all heads")
def naive_full_norm(package):
    return ask(package, "naive", latent(qk_norm="full", qk_normalization="rmsnorm"), 3, 6, "latent")


@case_of(NAIVE, "bfloat16 weights and inputs", dtype=torch.bfloat16)
def naive_bfloat16(package):
    return ask(package, "naive", latent(), 3, 6, "q_nope")


@case_of(NAIVE, "a backend that does something else")
def naive_backend(package):
    return handed_over(package, "naive")
