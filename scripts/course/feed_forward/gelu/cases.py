"""What feed_forward.gelu is asked."""

from scripts.course.feed_forward.shared import activation_cases

activation_cases("gelu")
