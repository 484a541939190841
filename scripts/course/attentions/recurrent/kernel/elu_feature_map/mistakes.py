"""What people write for attentions.recurrent.kernel.elu_feature_map, and why it matters."""

from scripts.workshop.diagnose import Kind

ELU = "(F.elu(wide) + 1)"

MISTAKES = {
    "one left out": Kind(
        "You leave out the 1, or take it away. Elu alone goes down to -1, and a mean has no negative weights.",
        {"no one": (ELU, "F.elu(wide)"), "subtracted": (ELU, "(F.elu(wide) - 1)")},
    ),
    "ReLU": Kind(
        "You use ReLU, with or without the 1. Below zero it is flat: such a feature gets no gradient.",
        {"ReLU": (ELU, "F.relu(wide)"), "ReLU plus one": (ELU, "(F.relu(wide) + 1)")},
    ),
    "an exponential": Kind(
        "You take the exponential everywhere. Above zero the map is x + 1, so that it stays of the size of x.",
        {"everywhere": (ELU, "wide.exp()")},
    ),
    "another smooth function": Kind(
        "You use another smooth function than elu. At 0 the map is 1, and its slope on both sides is 1 as well.",
        {
            "softplus": (ELU, "F.softplus(wide)"),
            "SiLU": (ELU, "(F.silu(wide) + 1)"),
            "SELU": (ELU, "(F.selu(wide) + 1)"),
            "another alpha": (ELU, "(F.elu(wide, alpha=0.5) + 1)"),
        },
    ),
    "overflow": Kind(
        "You compute both branches and choose between them. The exponential of a large x is infinite, and zero times "
        "infinity is nan in the gradient.",
        {"both branches": (ELU, "torch.where(wide > 0, wide + 1, wide.exp())")},
    ),
    "a softmax": Kind(
        "You take a softmax over the features. Each feature is to be computed by itself.",
        {"over the features": (ELU, "wide.softmax(dim=-1)")},
    ),
    "too narrow": Kind(
        "You compute in the dtype of x. Below -7, elu is -1 in bfloat16, and the weight is gone.",
        {"in the dtype of x": ("return (F.elu(wide) + 1).to(x.dtype)", "return F.elu(x) + 1")},
    ),
}
