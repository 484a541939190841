"""Your own atlas: the pieces that somebody has written, pictures computed with their code, and their trained models."""
