"""What encodings.proportional.proportional_scaling is asked."""

from scripts.workshop.check.cases import case, small


def asked(about: str, dim: int = 16, **changes) -> None:
    @case(about)
    def scaling(package):
        found, attention_factor = package.encodings.proportional.proportional_scaling(small(**changes), dim)
        return {"inv_freq_scaling": found, "the attention_factor": float(attention_factor)}


asked("a quarter of eight pairs", rope_proportion=0.25)
asked("a part that is no whole number of pairs", rope_proportion=0.45, dim=12)
asked("all pairs", rope_proportion=1.0)
asked("a quarter of the pairs, beside a fraction of partial rotary", rope_proportion=0.25, rope_fraction=0.5)
asked("not a single pair", rope_proportion=0.1, dim=8)
asked("half of the pairs, and a factor", rope_proportion=0.5, rope_factor=4.0)
