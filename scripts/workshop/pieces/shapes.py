"""The type checker behind `load(check_shapes=True)`: beartype, to which a whole number is a float."""

from beartype import BeartypeConf, beartype

typechecker = beartype(conf=BeartypeConf(is_pep484_tower=True))
