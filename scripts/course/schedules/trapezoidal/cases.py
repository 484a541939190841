"""What schedules.trapezoidal is asked."""

from scripts.course.schedules.shared import shape_case

shape_case("trapezoidal", "")


shape_case("trapezoidal", " and a fall over three quarters", warmdown=0.75)


shape_case("trapezoidal", " and a fall from the first step on", warmdown=1.0)
