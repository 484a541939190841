"""What embeddings.positions.SinusoidalPositions.forward is asked."""

from scripts.course.embeddings.positions.shared import embedding_cases

embedding_cases("SinusoidalPositions")
