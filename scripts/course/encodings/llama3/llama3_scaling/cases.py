"""What encodings.llama3.llama3_scaling is asked."""

from scripts.workshop.check.cases import case, small


def asked(about: str, dim: int = 16, **changes) -> None:
    @case(about)
    def scaling(package):
        found, attention_factor = package.encodings.llama3.llama3_scaling(small(**changes), dim)
        return {"inv_freq_scaling": found, "the attention_factor": float(attention_factor)}


BOUNDS = {"rope_low_freq_factor": 2.0, "rope_high_freq_factor": 5.0}
asked("four times the length", max_seq_len=256, rope_factor=4.0, rope_original_seq_len=64)
asked("other bounds, another base", max_seq_len=3000, rope_factor=2.5, rope_original_seq_len=1000, **BOUNDS)
asked("an original length that is not given", max_seq_len=200, rope_factor=3.0, rope_theta=10000.0)
asked("a factor of one", max_seq_len=100, rope_factor=1.0, rope_original_seq_len=100)
asked("a factor below one", max_seq_len=100, rope_factor=0.5, rope_original_seq_len=100)
asked("one pair", dim=2, max_seq_len=64, rope_factor=4.0, rope_original_seq_len=16)
asked("many pairs and a long text", dim=64, max_seq_len=8192, rope_factor=16.0, rope_original_seq_len=2048, **BOUNDS)
