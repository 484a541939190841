"""As transformers writes it (modeling_llama.py, its -100 being -1 here), with the names used here."""

from torch import nn


class GPT(nn.Module):
    def forward(self, tokens, targets=None, cache=None):
        position_ids = self.positions_of(tokens, cache)
        hidden_states = self.embedding(tokens, position_ids)
        position_embeddings = self.positions(position_ids, cache)
        for layer_idx, decoder_layer in enumerate(self.blocks[: self.config.n_layer]):
            hidden_states = decoder_layer(hidden_states, position_embeddings[layer_idx])
        logits = self.head(hidden_states)
        if targets is None:
            return logits
        logits = logits.float() if logits.dtype.itemsize < 4 else logits
        return nn.functional.cross_entropy(
            logits.reshape(-1, self.config.vocab_size), targets.reshape(-1), ignore_index=-1
        )
