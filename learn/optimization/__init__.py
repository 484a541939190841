"""How a model is trained: its initialisation, its optimizers, the schedule of the learning rate, what a step costs."""
