"""For mypy: two attributes whose types say less than is known."""

from mypy.plugin import AttributeContext, Plugin
from mypy.types import AnyType, Type, TypeOfAny, UnionType, get_proper_type
from mypy.types_utils import remove_optional

# None only until the configuration has worked them out.
WORKED_OUT = {f"reference.config.GPTConfig.{name}" for name in ("n_kv_head", "head_dim")}


class TypesOfAttributes(Plugin):
    def get_attribute_hook(self, fullname: str):
        if fullname in WORKED_OUT:
            return lambda context: remove_optional(context.default_attr_type)
        return anything if fullname.startswith("torch.nn.modules.module.Module.") else None


def anything(context: AttributeContext) -> Type:
    """Of an attribute that a module is not declared to have, torch says `Tensor | Module`: nothing, that is."""
    found = get_proper_type(context.default_attr_type)
    unknown = isinstance(found, UnionType) and str(found) == "torch._tensor.Tensor | torch.nn.modules.module.Module"
    return AnyType(TypeOfAny.special_form) if unknown else context.default_attr_type


def plugin(version: str) -> type[Plugin]:
    return TypesOfAttributes
