"""What optimization.adamw.decay_groups is asked."""

from scripts.workshop.check.cases import case, fill, small


def groups_case(about: str, weight_decay: float = 0.1, frozen: bool = False, **changes) -> None:
    @case(about)
    def groups(package):
        model = fill(package.gpt.GPT(small(**changes)))
        if frozen:
            model.blocks[0].requires_grad_(False)
        names = {id(weight): name for name, weight in model.named_parameters()}
        groups = package.optimization.adamw.decay_groups(model, weight_decay)
        if not isinstance(groups, list):
            return {"the kind of what is returned": groups and type(groups).__name__}
        report = {"the kind of what is returned": "list"}
        for group, which in zip(groups, ("first", "second"), strict=False):
            report[f"the weights of the {which} group"] = [
                names.get(id(weight), "something that is no parameter of the model") for weight in group["params"]
            ]
            report[f"the settings of the {which} group"] = {
                key: value for key, value in group.items() if key != "params"
            }
        return report | {"how many groups there are": len(groups)}


groups_case("norms without weights")


groups_case("norms with weights and biases, and biases in every layer", 0.3, normalization="layernorm", bias=True)


groups_case("a first block that is frozen for now", frozen=True)


groups_case("learned positions", position_encoding="learned_absolute")


groups_case("a head tied to the embedding, and biases", weight_tying=True, normalization="rmsnorm", bias=True)


groups_case("experts", 0.01, ffn_type="moe", n_expert=3, n_layer=1)


groups_case("sinks, and an attention with vectors of its own", attention_type="differential", attention_sinks=True)
