"""What optimization.qk_clip.clip_factors is asked."""

import torch

from scripts.workshop.check.cases import case


def factors(package, largest: list[float], n_kv_head: int, tau: float = 100.0) -> dict:
    given = torch.tensor(largest)
    query, key = package.optimization.qk_clip.clip_factors(given, n_kv_head, tau)
    return {
        "the factors of the queries": query,
        "those of the keys": key,
        "the logits after the call": given.clamp(min=-1e4),
    }


case("a key for every head")(lambda package: factors(package, [400.0, 50.0, 100.0, -3.0], 4))


case("two heads to a key, of which one, both, and none passed")(
    lambda package: factors(package, [400.0, 50.0, 200.0, 300.0, 99.0, 7.0], 3)
)


case("three heads to a key, and another tau")(lambda package: factors(package, [5.0, 9.0, 3.0, 2.0, 8.0, 1.0], 2, 2.5))


case("one key for all")(lambda package: factors(package, [110.0, 400.0, 120.0, 1000.0], 1))


case("logits that are all negative")(lambda package: factors(package, [-400.0, -1.0, -100.0, -250.0], 2))


case("heads that have seen nothing")(lambda package: factors(package, [float("-inf"), 200.0, float("-inf"), 0.0], 2))
