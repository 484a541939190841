"""Given, not learned: data, devices, the training loop, what it reports and keeps."""
