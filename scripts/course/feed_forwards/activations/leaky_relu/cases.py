"""What feed_forwards.activations.leaky_relu is asked."""

from scripts.course.feed_forwards.activations.shared import activation_cases

activation_cases("leaky_relu")
