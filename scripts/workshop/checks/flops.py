"""Cases for flops.py."""

from . import case, small


def flops_case(about: str, causal: bool = False, **changes) -> None:
    @case("flops.estimate_flops", about)
    def flops(package):
        count = package.flops.estimate_flops(package.gpt.GPT(small(**changes)), **({"causal": True} if causal else {}))
        return {"the result": count, "its type": type(count).__name__}


flops_case("two query heads to a key/value head")
flops_case("a large vocabulary", vocab_size=500)
flops_case("a long sequence and more layers", max_seq_len=100, n_layer=5)
flops_case("fewer, wider heads", n_head=2, n_kv_head=1)
flops_case("heads of another size than C/H", head_dim=10)
flops_case("norms with weights, biases, and learned positions", normalization="layernorm", bias=True)
flops_case("learned positions", position_encoding="learned_absolute")
flops_case("a head tied to the embedding", weight_tying=True)
flops_case("experts, most of which are idle", ffn_type="moe", n_expert=5)
flops_case("only the scores that causality leaves", causal=True)
flops_case("only the scores that causality leaves, an odd length", causal=True, max_seq_len=7, n_head=2, n_kv_head=1)
