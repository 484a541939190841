"""What positions.LearnedPositions.embed is asked."""

from scripts.course.positions.shared import embedding_cases

embedding_cases("LearnedPositions")
