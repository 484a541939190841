"""Cases for encodings/scaling.py."""

from operator import attrgetter

from scripts.workshop.check.cases import case_of, small


def scaling_cases(name: str) -> None:
    piece = f"encodings.scaling.{name}"

    def case_for(about: str, dim: int = 16, **changes) -> None:
        @case_of(piece, about)
        def scaling(package):
            inv_freq_scaling, attention_factor = attrgetter(piece)(package)(small(**changes), dim)
            return {"inv_freq_scaling": inv_freq_scaling, "the attention_factor": float(attention_factor)}

    case_for("four times the length", max_seq_len=256, rope_factor=4.0, rope_original_seq_len=64)
    case_for("another base", max_seq_len=3000, rope_factor=2.5, rope_original_seq_len=1000, rope_theta=10000.0)
    case_for("an original length that is not given", max_seq_len=200, rope_factor=3.0, rope_theta=10000.0)
    case_for(
        "a length that has not grown as far as the factor allows",
        max_seq_len=100,
        rope_factor=8.0,
        rope_original_seq_len=50,
    )
    case_for("a factor of one", max_seq_len=100, rope_factor=1.0, rope_original_seq_len=100)
    case_for("a factor below one", max_seq_len=100, rope_factor=0.5, rope_original_seq_len=100)
    case_for("two pairs", dim=4, max_seq_len=256, rope_factor=4.0, rope_original_seq_len=64)
    case_for("a text half as long again", max_seq_len=96, rope_factor=1.5, rope_original_seq_len=64)
    case_for("one pair", dim=2, max_seq_len=256, rope_factor=4.0, rope_original_seq_len=64)
    if name == "yarn_scaling":
        case_for("a text so short that both bounds are zero", max_seq_len=20, rope_factor=4.0, rope_original_seq_len=5)
        case_for(
            "a small base, and a bound to be cut",
            max_seq_len=3800,
            rope_factor=4.0,
            rope_original_seq_len=950,
            rope_theta=12.0,
        )
    case_for("many pairs and a long text", dim=64, max_seq_len=8192, rope_factor=16.0, rope_original_seq_len=2048)
