"""The commands of `learn`: each a module with one `command(options)`, which returns the exit status."""
