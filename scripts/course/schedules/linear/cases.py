"""What schedules.linear is asked."""

from scripts.course.schedules.shared import shape_case

shape_case("linear", "")
