"""What positions.SinusoidalPositions.embed is asked."""

from scripts.course.positions.shared import embedding_cases

embedding_cases("SinusoidalPositions")
