"""Cases for flops.py."""

from dataclasses import replace

from . import SMALL, case


def flops_case(about: str, **changes) -> None:
    @case("flops.estimate_flops", about)
    def flops(package):
        config = replace(SMALL, **changes)
        count = package.flops.estimate_flops(package.gpt.GPT(config))
        return {"the result": count, "its type": type(count).__name__}


flops_case("two query heads to a key/value head")
flops_case("a large vocabulary", vocab_size=500)
flops_case("a long sequence and more layers", max_seq_len=100, n_layer=5)
flops_case("fewer, wider heads", n_head=2, n_kv_head=1)
