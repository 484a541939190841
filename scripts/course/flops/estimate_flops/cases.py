"""What flops.estimate_flops is asked."""

from scripts.workshop.check.cases import case, small


def flops_case(about: str, causal: bool = False, **changes) -> None:
    @case(about)
    def flops(package):
        count = package.flops.estimate_flops(package.gpt.GPT(small(**changes)), **({"causal": True} if causal else {}))
        return {"the result": count, "its type": type(count).__name__}


# Seven tokens see 13 keys in a window of two, and 18 in one of three: 7 divides nothing of it.
ODD = {"attention_window": "2,3,none", "n_layer": 2, "head_dim": 6, "n_head": 2, "n_kv_head": 1}


DIFFERENTIAL_WITH_A_WINDOW = {"causal": True, "attention_type": "differential", "attention_window": "3,none"}


LATENT = {"attention_type": "latent", "n_kv_head": 4, "query_latent_rank": 10, "rope_head_dim": 4}


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


flops_case("windows, which count only where causality does", attention_window="3,none")


flops_case("only the scores that a window leaves", causal=True, attention_window="5")


flops_case("only the scores that windows leave, in turn", causal=True, n_layer=3, attention_window="3,none")


flops_case("a window of one token", causal=True, attention_window="1", n_head=2, n_kv_head=1)


flops_case("a window longer than the text", causal=True, attention_window="50")


flops_case("a window as long as the text", causal=True, attention_window="12")


flops_case("numbers that do not come out even, and have to be rounded down", causal=True, max_seq_len=7, **ODD)


flops_case("attention of which the values are twice as large", attention_type="differential")


flops_case("such attention, and only the scores that a window leaves", **DIFFERENTIAL_WITH_A_WINDOW)


flops_case("latent attention", attention_type="latent", n_kv_head=4, value_head_dim=5)


flops_case("latent attention, and only the scores that causality leaves", causal=True, **LATENT)


flops_case("a gate on what attention finds", attention_gate=True)
