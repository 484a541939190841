"""What optimization.schedules.linear is asked."""

from scripts.course.optimization.schedules.shared import shape_case

shape_case("linear", "")
