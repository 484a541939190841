"""What feed_forward.leaky_relu is asked."""

from scripts.course.feed_forward.shared import activation_cases

activation_cases("leaky_relu")
