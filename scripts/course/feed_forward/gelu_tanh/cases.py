"""What feed_forward.gelu_tanh is asked."""

from scripts.course.feed_forward.shared import activation_cases

activation_cases("gelu_tanh")
