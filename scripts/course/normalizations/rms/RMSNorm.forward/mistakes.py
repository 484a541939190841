"""What people write for normalizations.rms.RMSNorm.forward, and why it matters."""

from scripts.course.norms.explanations import EPS_OF_DTYPE, LAYER_FOR_RMS, WEIGHT_FORGOTTEN, WEIGHT_ON_INPUT
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "weight forgotten": Kind(WEIGHT_FORGOTTEN, {"weight forgotten": (" * self.weight", "")}),
    "one plus the weight": Kind(
        "You multiply by one plus the weight, as Gemma does, whose weights start at zero. Here the weight "
        "starts at one and is the factor itself, so that your result is twice as large.",
        {"one plus the weight": ("* self.weight", "* (1 + self.weight)")},
    ),
    "layer norm": Kind(
        LAYER_FOR_RMS,
        {"layer norm": ("rms_norm(x, self.eps)", "nn.functional.layer_norm(x, x.shape[-1:], eps=self.eps)")},
    ),
    "weight on the input": Kind(
        WEIGHT_ON_INPUT,
        {"weight on the input": ("rms_norm(x, self.eps) * self.weight", "rms_norm(x * self.weight, self.eps)")},
    ),
    "divided by the weight": Kind(
        "You divide by the weight, where it is a factor. Channels that a model has learned to strengthen become weaker, and "
        "a weight of zero gives infinity.",
        {"divided by the weight": ("* self.weight", "/ self.weight")},
    ),
    "weight added": Kind(
        "You add the weight, as a bias would be added. It is a factor: it sets how large each channel becomes, "
        "not where its centre lies.",
        {"weight added": ("* self.weight", "+ self.weight")},
    ),
    "rounded too late": Kind(
        "You multiply by the weight before the norm is narrowed, as Gemma does. Here it is narrowed first, as "
        "Llama does: in bfloat16 the two differ in the last digit, and so do the logits of a public model.",
        {
            "narrowed behind the weight": (
                "rms_norm(x, self.eps) * self.weight",
                ("(rms_norm(x.to(torch.promote_types(x.dtype, torch.float32)), self.eps) * self.weight).to(x.dtype)"),
            )
        },
    ),
    "eps of the dtype": Kind(
        EPS_OF_DTYPE,
        {
            "F.rms_norm with the weight and without eps": (
                "rms_norm(x, self.eps) * self.weight",
                "nn.functional.rms_norm(x, x.shape[-1:], self.weight)",
            ),
            "F.rms_norm without eps": ("rms_norm(x, self.eps)", "nn.functional.rms_norm(x, x.shape[-1:])"),
        },
    ),
}
