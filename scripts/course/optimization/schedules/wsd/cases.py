"""What optimization.schedules.wsd is asked."""

from scripts.course.optimization.schedules.shared import shape_case

shape_case("wsd", "")


shape_case("wsd", " and a decay over three quarters", warmdown=0.75)


shape_case("wsd", " and a decay from the first step on", warmdown=1.0)
