"""What people write for attentions.recurrent.retention.log_gamma, and why it matters."""

from scripts.workshop.diagnose import Kind

RETURN = "return torch.log1p(-(2.0 ** -(5 + torch.arange(n_head, dtype=dtype))))"

MISTAKES = {
    "gamma itself": Kind(
        "You return gamma, and its logarithm is asked for. What follows takes the exponential of a sum of them.",
        {"gamma": (RETURN, "return 1 - 2.0 ** -(5 + torch.arange(n_head, dtype=dtype))")},
    ),
    "what is forgotten": Kind(
        "You return the logarithm of what is forgotten, or what is forgotten itself. Asked for is what is left, one minus that.",
        {
            "its logarithm": (RETURN, "return (2.0 ** -(5 + torch.arange(n_head, dtype=dtype))).log()"),
            "itself": (RETURN, "return 2.0 ** -(5 + torch.arange(n_head, dtype=dtype))"),
        },
    ),
    "growth": Kind(
        "Your logarithms are positive, and the state grows at every token. Gamma is below one.",
        {
            "one plus": (RETURN, RETURN.replace("log1p(-(", "log1p((")),
            "its negative": (RETURN, RETURN.replace("return ", "return -")),
        },
    ),
    "heads counted otherwise": Kind(
        "You count the heads from 1, or begin with another power than 2^-5. The first head forgets a 32nd.",
        {
            "from 1": (RETURN, RETURN.replace("(5 + ", "(6 + ")),
            "from 2^0": (RETURN, "return torch.log1p(-(2.0 ** -(torch.arange(n_head, dtype=dtype) + 1)))"),
            "backwards": (RETURN, RETURN.replace("dtype=dtype)", "dtype=dtype).flip(0)")),
        },
    ),
    "another series": Kind(
        "Your heads do not forget half as much from one to the next. The series is geometric: the exponent goes up by one.",
        {
            "ALiBi's slopes": (RETURN, "return -(2.0 ** (-8 / n_head * torch.arange(1, n_head + 1, dtype=dtype)))"),
            "from a 32nd to a 512th": (
                RETURN,
                "return torch.log1p(-torch.logspace(-5, -9, n_head, base=2.0, dtype=dtype))",
            ),
            "1 / (5 + h)": (RETURN, RETURN.replace("2.0 ** -(5 +", "1 / (5 +")),
            "twice as much": (RETURN, RETURN.replace("-(5 + ", "(-5 + ")),
            "e for 2": (RETURN, "return torch.log1p(-torch.exp(-5 - torch.arange(n_head, dtype=dtype)))"),
        },
    ),
    "logarithm to another base": Kind(
        "Your logarithm has another base than e. Its exponential is taken with exp.",
        {"base 2": (RETURN, "return torch.log2(1 - 2.0 ** -(5 + torch.arange(n_head, dtype=dtype)))")},
    ),
}
