"""What decoding.generation.next_token_distribution is asked."""

import torch

from scripts.workshop.check.cases import case, draw


def distribution_case(about: str, logits=lambda: 2 * draw(4, 11), dtype: torch.dtype = torch.float32, **options):
    @case(about, dtype)
    def distribution(package):
        given = logits()
        before = given.clone()
        p = package.decoding.generation.next_token_distribution(given, **options)
        return {"the result": p, "the logits are unchanged": torch.equal(given, before)}


distribution_case("temperature 1")


distribution_case("temperature 0.5", temperature=0.5)


distribution_case("temperature 2", temperature=2.0)


distribution_case("temperature 0", temperature=0)


distribution_case("temperature 0.0 and top_k", temperature=0.0, top_k=3)


distribution_case("temperature 0 and bfloat16 logits", dtype=torch.bfloat16, temperature=0)


distribution_case("temperature 0 and float64 logits", lambda: 2 * draw(4, 11).double(), temperature=0)


@case("temperature 0 and two equal largest logits")
def tied_for_the_largest(package):
    logits = torch.tensor([[1.0, 3.0, 0.0, 3.0], [2.0, 2.0, 2.0, 2.0], [0.0, -1.0, 0.0, -2.0]])
    p = package.decoding.generation.next_token_distribution(logits, temperature=0)
    # Which of them is left open.
    largest = logits == logits.amax(dim=-1, keepdim=True)
    return {
        "the probabilities in descending order": p.sort(dim=-1, descending=True).values,
        "a largest logit has probability 1": ((p == 1) & largest).any(dim=-1).tolist(),
    }


distribution_case("a single row", lambda: draw(1, 11))


distribution_case("as many rows as tokens", lambda: 2 * draw(5, 5), temperature=0.7, top_k=3)


distribution_case("logits whose exponentials overflow", lambda: 100 + 30 * draw(4, 11))


distribution_case("top_k = 3", top_k=3)


distribution_case("top_k = 1", top_k=1)


distribution_case("top_k = 3 and temperature 0.5", top_k=3, temperature=0.5)


distribution_case("top_k = 3 and temperature 3", top_k=3, temperature=3.0)


distribution_case("very negative logits and top_k = 3", lambda: 2 * draw(4, 11) - 200, top_k=3)


distribution_case("top_k = V", top_k=11)


distribution_case("top_k above V", top_k=100)


# The two largest logits tie, and so do smaller ones: the k-th place is not among them.
distribution_case(
    "ties, but none for the k-th place",
    lambda: torch.tensor([[3.0, 1.0, 3.0, 2.0, 1.0], [0.0, 0.0, 5.0, 1.0, 5.0]]),
    top_k=3,
)


distribution_case("bfloat16 logits", dtype=torch.bfloat16, top_k=4)


distribution_case("float64 logits", lambda: 2 * draw(4, 11).double(), temperature=0.7)
