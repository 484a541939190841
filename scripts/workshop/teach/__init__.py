"""What the learner is told: hints, questions, where a run stopped, what has been reached."""
