"""What feed_forward.silu is asked."""

from scripts.course.feed_forward.shared import activation_cases

activation_cases("silu")
