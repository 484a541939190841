"""What embeddings.absolute.SinusoidalPositions.forward is asked."""

from scripts.course.embeddings.absolute.shared import embedding_cases

embedding_cases("SinusoidalPositions")
