"""What feed_forward.relu is asked."""

from scripts.course.feed_forward.shared import activation_cases

activation_cases("relu")
