"""From text to batches: documents, tokenizers, shards, and the files and downloads that they come from."""
