"""What embeddings.absolute.LearnedPositions.forward is asked."""

from scripts.course.embeddings.absolute.shared import embedding_cases

embedding_cases("LearnedPositions")
