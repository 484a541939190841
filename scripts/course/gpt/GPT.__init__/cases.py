"""What gpt.GPT.__init__ is asked."""

from scripts.course.gpt.shared import logits_of
from scripts.workshop.check.cases import SMALL, case, draw_tokens, small


def created(package, config) -> dict:
    model = package.gpt.GPT(config)
    parts = ("embedding", "head", "positions")
    return {
        "the parameters": {name: tuple(parameter.shape) for name, parameter in model.named_parameters()},
        "the number of parameters": sum(parameter.numel() for parameter in model.parameters()),
        "the buffers": {name: tuple(buffer.shape) for name, buffer in model.named_buffers()},
        "what is saved": sorted(model.state_dict()),
        "config": getattr(model, "config", "not set"),
        "the kinds of parts": {name: type(getattr(model, name, None)).__name__ for name in parts},
        "the kinds of blocks": [type(block).__name__ for block in model.blocks],
    }


@case("two layers")
def two_layers(package):
    return created(package, SMALL)


@case("seven tokens to read")
def seven_tokens(package):
    return logits_of(package, SMALL, draw_tokens(2, 7))


@case("three layers, one key/value head, another vocabulary and longer tables")
def three_layers(package):
    return created(package, small(n_layer=3, n_kv_head=1, vocab_size=17, max_seq_len=20, rope_theta=7.0))


@case("a single layer")
def single_layer(package):
    return created(package, small(n_layer=1))


@case("blocks of another kind", track="placements")
def other_blocks(package):
    return created(package, small(norm_position="sandwich"))


@case("attention that is another in every layer", track="attention")
def other_layers(package):
    model = package.gpt.GPT(small(n_layer=3, attention_window="4,none,2"))
    return {"the windows": [block.attn.window for block in model.blocks]}


@case("an embedding and positions of another kind", track="positions")
def other_positions(package):
    return created(package, small(position_encoding="learned_absolute"))


@case("a head that is tied to the embedding")
def tied_head(package):
    config = small(weight_tying=True)
    model = package.gpt.GPT(config)
    tied = model.head.lm_head.weight is model.embedding.token_embedding.weight
    return created(package, config) | {"the head's weight is the embedding's": tied}
