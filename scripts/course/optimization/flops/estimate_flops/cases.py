"""What optimization.flops.estimate_flops is asked."""

from scripts.workshop.check.cases import case, small


def flops_case(about: str, track: str | None = None, **changes) -> None:
    @case(about, track=track)
    def flops(package):
        count = package.optimization.flops.estimate_flops(package.gpt.GPT(small(**changes)))
        return {"the result": count, "its type": type(count).__name__}


flops_case("two query heads per key/value head")


flops_case("a large vocabulary", vocab_size=500)


flops_case("a long sequence and more layers", max_seq_len=100, n_layer=5)


flops_case("fewer, wider heads", n_head=2, n_kv_head=1)


flops_case("as many key/value heads as query heads", n_kv_head=4)


# nanochat has no heads of another size, and computes it from the width.
flops_case("heads of another size than C/H", track="attention", head_dim=10)
