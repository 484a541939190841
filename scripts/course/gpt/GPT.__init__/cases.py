"""What gpt.GPT.__init__ is asked."""

from scripts.course.gpt.shared import logits_of
from scripts.workshop.check.cases import SMALL, case, draw_tokens, small


def created(package, config) -> dict:
    model = package.gpt.GPT(config)
    parts = ("embedding_norm", "final_norm", "positions", "dropout")
    # Under which of its names torch finds a shared parameter follows from the order in which the parts were made.
    named = model.named_parameters(remove_duplicate=False)
    return {
        "the parameters": {name: tuple(parameter.shape) for name, parameter in named},
        "head and embedding share their weights": model.lm_head.weight is model.token_embedding.weight,
        "how many numbers there are to learn": sum(parameter.numel() for parameter in model.parameters()),
        "the buffers": {name: tuple(buffer.shape) for name, buffer in model.named_buffers()},
        "what is saved": sorted(model.state_dict()),
        "config": getattr(model, "config", "not set"),
        "the kinds of parts": {name: type(getattr(model, name, None)).__name__ for name in parts},
        "the kinds of blocks": [type(block).__name__ for block in model.blocks],
        "the share that is dropped": getattr(getattr(model, "dropout", None), "p", "no dropout"),
    }


INIT = "gpt.GPT.__init__"


case("two layers")(lambda package: created(package, SMALL))


case("seven tokens to look at")(lambda package: logits_of(package, SMALL, draw_tokens(2, 7)))


case("three layers, one key/value head, other tables, norms with weights")(
    lambda package: created(
        package, small(n_layer=3, n_kv_head=1, max_seq_len=20, rope_theta=7.0, normalization="layernorm")
    )
)


case("a tied head, no norm after the embedding, learned positions, dropout")(
    lambda package: created(
        package,
        small(weight_tying=True, embedding_norm=False, position_encoding="learned_absolute", dropout=0.25),
    )
)


case("blocks that need no final norm")(
    lambda package: created(package, small(norm_position="post", normalization="rmsnorm"))
)


case("a single layer")(lambda package: created(package, small(n_layer=1)))


case("blocks without any norm")(lambda package: created(package, small(norm_position="none")))


case("blocks with norms on both sides")(lambda package: created(package, small(norm_position="sandwich")))
