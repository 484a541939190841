"""What people write for feed_forwards.xielu.XIELU.forward, and why it matters."""

from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import HARD_CODED

MISTAKES = {
    "no softplus": Kind(
        "You use alpha_p or alpha_n as they are, without a softplus. The optimizer may then make them negative, and the "
        "curve bends the other way.",
        {
            "alpha_p as it is": ("F.softplus(self.alpha_p)", "self.alpha_p"),
            "alpha_n as it is": ("F.softplus(self.alpha_n)", "self.alpha_n"),
            "exponentials for softplus": (
                "F.softplus(self.alpha_p), self.beta + F.softplus(self.alpha_n)",
                "self.alpha_p.exp(), self.beta + self.alpha_n.exp()",
            ),
        },
    ),
    "beta not in the curvature": Kind(
        "Below zero you leave beta out of the curvature, or add it above zero too. a_n is beta plus a softplus, so that "
        "the curve turns around below zero; a_p is the softplus alone.",
        {
            "a_n without beta": ("self.beta + F.softplus(self.alpha_n)", "F.softplus(self.alpha_n)"),
            "a_p with beta": ("a_p, a_n = F.softplus(self.alpha_p)", "a_p, a_n = self.beta + F.softplus(self.alpha_p)"),
        },
    ),
    "curvatures swapped": Kind(
        "You have exchanged the two curvatures. alpha_p is that of positive inputs, alpha_n that of the others.",
        {
            "alphas swapped": (
                "F.softplus(self.alpha_p), self.beta + F.softplus(self.alpha_n)",
                "F.softplus(self.alpha_n), self.beta + F.softplus(self.alpha_p)",
            )
        },
    ),
    "sides swapped": Kind(
        "You take the parabola where x is negative, and the exponential where it is positive. It should be the other way "
        "round.",
        {"sides swapped": ("torch.where(x > 0, above, below)", "torch.where(x > 0, below, above)")},
    ),
    "line forgotten": Kind(
        "You leave out beta x on one side. The two curves then meet at zero with different slopes, and close to zero one "
        "side has no gradient.",
        {
            "no line above": ("a_p * x * x + self.beta * x", "a_p * x * x"),
            "no line below": (
                "(torch.expm1(torch.minimum(x, self.eps)) - x) + self.beta * x",
                "(torch.expm1(torch.minimum(x, self.eps)) - x)",
            ),
        },
    ),
    "not a parabola": Kind(
        "Above zero you do not square x. The curve is then a straight line there, as ReLU's.",
        {"x not squared": ("a_p * x * x", "a_p * x")},
    ),
    "exponential without what is subtracted": Kind(
        "You leave out x or the 1 that the exponential is reduced by. The curve then jumps at zero, or has another slope "
        "there than on the other side.",
        {
            "x not subtracted": (" - x) + self", ") + self"),
            "one not subtracted": ("torch.expm1(", "torch.exp("),
        },
    ),
    "exponential overflows": Kind(
        "You take the exponential of positive inputs too, where it is not needed: beyond 88 it is infinite. torch.where "
        "takes the other side, but the gradient becomes infinity times zero, which is not a number.",
        {"exponential of positive inputs": ("torch.minimum(x, self.eps)", "x")},
    ),
    "beta hard-coded": Kind(
        HARD_CODED,
        {
            "0.5 for beta": ("self.beta * x\n        below", "0.5 * x\n        below"),
            "0.5 for beta, below": ("- x) + self.beta * x", "- x) + 0.5 * x"),
        },
    ),
    "an exponential linear unit": Kind(
        "Below zero you have an exponential linear unit, which goes flat. Here the line goes on, and the exponential only "
        "bends it.",
        {
            "ELU": (
                "a_n * (torch.expm1(torch.minimum(x, self.eps)) - x) + self.beta * x",
                "a_n * torch.expm1(torch.minimum(x, self.eps))",
            )
        },
    ),
}
