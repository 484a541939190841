"""What generation.next_token_distribution is asked."""

import torch

from scripts.course.generation.shared import raised
from scripts.workshop.check.cases import case, draw


def distribution_case(about: str, logits=lambda: 2 * draw(4, 11), dtype: torch.dtype = torch.float32, **options):
    @case(about, dtype)
    def distribution(package):
        given = logits()
        before = given.clone()
        p = package.generation.next_token_distribution(given, **options)
        return {"the result": p, "the logits are left as they were": torch.equal(given, before)}


distribution_case("temperature 1")


distribution_case("temperature 0.5", temperature=0.5)


distribution_case("temperature 2", temperature=2.0)


distribution_case("temperature 0", temperature=0)


distribution_case("temperature 0.0, top_k, top_p and min_p", temperature=0.0, top_k=3, top_p=0.5, min_p=0.1)


distribution_case("a single row", lambda: draw(1, 11))


distribution_case("as many rows as tokens", lambda: 2 * draw(5, 5), temperature=0.7, top_k=3)


distribution_case("logits whose exponentials overflow", lambda: 100 + 30 * draw(4, 11))


distribution_case("the best three", top_k=3)


distribution_case("the best one", top_k=1)


distribution_case("the best three at temperature 0.5", top_k=3, temperature=0.5)


distribution_case("the best three at temperature 3", top_k=3, temperature=3.0)


distribution_case("all logits negative, and the best three", lambda: 2 * draw(4, 11) - 20, top_k=3)


distribution_case("top_k as large as the vocabulary", top_k=11)


distribution_case("top_k greater than the vocabulary", top_k=100)


distribution_case("top_p", top_p=0.7)


distribution_case("top_p at temperature 3", top_p=0.7, temperature=3.0)


distribution_case("top_p at temperature 0.3", top_p=0.9, temperature=0.3)


distribution_case("top_p = 1", lambda: draw(4, 5), top_p=1.0)


distribution_case("min_p", min_p=0.2)


distribution_case("min_p at temperature 3", min_p=0.5, temperature=3.0)


distribution_case("min_p at temperature 0.5", min_p=0.05, temperature=0.5)


distribution_case("min_p = 1", min_p=1.0)


# Log-probabilities, so that one can see what is left: of 40, 30, 15, 10 and 5 percent.
FEW = torch.tensor([[0.15, 0.4, 0.05, 0.3, 0.1]], dtype=torch.float64)


distribution_case("top_k and top_p", lambda: FEW.log().to(torch.get_default_dtype()), top_k=3, top_p=0.8)


distribution_case("top_p and min_p", lambda: FEW.log().to(torch.get_default_dtype()), top_p=0.82, min_p=0.3)


distribution_case(
    "top_p, and a min_p that leaves less", lambda: FEW.log().to(torch.get_default_dtype()), top_p=0.82, min_p=0.5
)


distribution_case("everything at once", top_k=5, top_p=0.8, min_p=0.1, temperature=1.5)


distribution_case("bfloat16 logits", dtype=torch.bfloat16, top_k=4)


@case("three tokens that share the second place, and the best two")
def ties(package):
    logits = torch.tensor([[1.0, 3.0, 1.0, 0.0, 1.0], [2.0, 2.0, 2.0, 2.0, 2.0]])
    p = package.generation.next_token_distribution(logits, top_k=2)
    return {"the probabilities, in order": p.sort(dim=-1).values}


@case("settings that make no sense")
def senseless(package):
    settings = [{"temperature": -1.0}, {"temperature": -1e-3}, {"top_k": 0}, {"top_k": -1}]
    settings += [{"top_p": value} for value in (0.0, -0.5, 1.5)] + [{"min_p": value} for value in (0.0, -0.5, 1.5)]
    asked = package.generation.next_token_distribution
    return {f"what {options} raises": raised(asked, draw(2, 11), **options) for options in settings}
