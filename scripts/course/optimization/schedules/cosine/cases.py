"""What optimization.schedules.cosine is asked."""

from scripts.course.optimization.schedules.shared import shape_case

shape_case("cosine", "")
