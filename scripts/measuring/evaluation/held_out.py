"""The loss on held-out text, and what it is in bits per byte, which can be compared between tokenizers."""

import torch

from scripts.training.text.data import Corpus
from scripts.training.trainer import accuracy, evaluate


def held_out_loss(model, corpus: Corpus, length: int) -> dict[str, float]:
    """The mean loss over all held-out windows of this length, in nats per token, and in bits per byte, see
    `Corpus.bits_per_byte`; the share of right answers where the data ask for something."""
    windows = corpus.validation(length)
    device = model.eval().get_device()
    loss = evaluate(lambda batch: model(*(part.to(device) for part in batch)), windows, model.config.vocab_size)
    asked = windows.targets[windows.targets >= 0]
    counts = torch.tensor(corpus.tokenizer.byte_counts(corpus.running))
    return {
        "val_loss": loss,
        "bits_per_byte": corpus.bits_per_byte(loss, windows.targets),
        "tokens": asked.numel(),
        "bytes": counts[asked].sum().item(),
        **({"accuracy": accuracy(model, windows, device)} if corpus.asks else {}),
    }
