"""What people write for normalizations.rms.RMSNormPlusOne.forward, and why it matters."""

from scripts.course.norms.explanations import EPS_OF_DTYPE, LAYER_FOR_RMS
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "the one not added to the weight": Kind(
        "In this norm the factor is one plus the weight, and the weight starts at zero. Put together in "
        "another way it begins as a layer that gives nothing, or something else than the normed input.",
        {
            "the one forgotten": ("(1 + self.weight.to(dtype))", "self.weight.to(dtype)"),
            "one minus the weight": ("1 + self", "1 - self"),
            "the weight added": (
                "* (1 + self.weight.to(dtype))",
                "+ self.weight.to(dtype)",
            ),
            "the one outside": ("* (1 + self.weight.to(dtype))", "* self.weight.to(dtype) + 1"),
        },
    ),
    "layer norm": Kind(
        LAYER_FOR_RMS,
        {
            "layer norm": (
                "rms_norm(x.to(dtype), self.eps)",
                "nn.functional.layer_norm(x.to(dtype), x.shape[-1:], eps=self.eps)",
            )
        },
    ),
    "one added in half precision": Kind(
        "You add 1 to the weight in bfloat16, where the next value above 1 is 1.0078. A weight below 0.0039 is lost "
        "there, which is the size that weights have early in training; widen before the sum.",
        {"one added in half precision": ("1 + self.weight.to(dtype)", "(1 + self.weight).to(dtype)")},
    ),
    "rounded too early": Kind(
        "You narrow the normed vector before it is multiplied by the factor, as Llama does. Here only the result is "
        "narrowed, as Gemma does: rounded twice, the last digit differs, and so do the logits of a public "
        "model.",
        {
            "narrowed before the factor": ("rms_norm(x.to(dtype), self.eps)", "rms_norm(x, self.eps)"),
            "the norm, and the norm times the weight": (
                "return (rms_norm(x.to(dtype), self.eps) * (1 + self.weight.to(dtype))).to(x.dtype)",
                "normed = rms_norm(x, self.eps)\n        return normed + normed * self.weight",
            ),
        },
    ),
    "eps of the dtype": Kind(
        EPS_OF_DTYPE, {"the machine epsilon of the dtype": ("self.eps", "torch.finfo(x.dtype).eps")}
    ),
}
