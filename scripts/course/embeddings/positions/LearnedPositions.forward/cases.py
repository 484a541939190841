"""What embeddings.positions.LearnedPositions.forward is asked."""

from scripts.course.embeddings.positions.shared import embedding_cases

embedding_cases("LearnedPositions")
