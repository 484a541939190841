"""What people write for normalizations.l2.L2Norm.forward, and why it matters."""

from scripts.course.norms.explanations import EPS_OF_DTYPE
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "RMS norm": Kind(
        "You divide by the root of the mean square, not of the sum. The vectors then have the length sqrt(C), where they "
        "should have the length one.",
        {"the mean of the squares": (".sum(dim=-1, keepdim=True)", ".mean(dim=-1, keepdim=True)")},
    ),
    "another norm": Kind(
        "You divide by another length than the Euclidean one. It may be the sum of the absolute values, the "
        "largest of them, or the square of the length.",
        {
            "the sum of the absolute values": (
                "torch.rsqrt(wide.pow(2).sum(dim=-1, keepdim=True) + self.eps)",
                "(wide.abs().sum(dim=-1, keepdim=True) + self.eps).reciprocal()",
            ),
            "the largest": (
                "torch.rsqrt(wide.pow(2).sum(dim=-1, keepdim=True) + self.eps)",
                "(wide.abs().amax(dim=-1, keepdim=True) + self.eps).reciprocal()",
            ),
            "the square of the length": ("torch.rsqrt(", "torch.reciprocal("),
        },
    ),
    "over another axis": Kind(
        "Your sum runs over another axis than the last. Other tokens then decide about the length of this one.",
        {
            "over the tokens": (".sum(dim=-1, keepdim=True)", ".sum(dim=0, keepdim=True)"),
            "over everything": (".sum(dim=-1, keepdim=True)", ".sum()"),
        },
    ),
    "eps elsewhere": Kind(
        "Your eps does not stand inside the root: it is left out, added to the length, or is the least that the length may "
        "be. A short vector then comes out with another length.",
        {
            "eps forgotten": (" + self.eps", ""),
            "eps added to the length": (
                "torch.rsqrt(wide.pow(2).sum(dim=-1, keepdim=True) + self.eps)",
                "(wide.pow(2).sum(dim=-1, keepdim=True).sqrt() + self.eps).reciprocal()",
            ),
            "eps as the least length": (
                "wide * torch.rsqrt(wide.pow(2).sum(dim=-1, keepdim=True) + self.eps)",
                "nn.functional.normalize(wide, dim=-1, eps=self.eps)",
            ),
        },
    ),
    "eps of the dtype": Kind(
        EPS_OF_DTYPE, {"the machine epsilon of the dtype": ("self.eps", "torch.finfo(x.dtype).eps")}
    ),
    "mean subtracted": Kind(
        "You subtract the mean first, as layer norm does. The direction of a vector is what is to be left, and that changes "
        "it.",
        {
            "mean subtracted": (
                "wide = x.to(torch.promote_types(x.dtype, torch.float32))",
                "wide = x.to(torch.promote_types(x.dtype, torch.float32))\n"
                "        wide = wide - wide.mean(dim=-1, keepdim=True)",
            )
        },
    ),
}
