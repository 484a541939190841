"""What you run: one small file per command. The machinery is in `training`, `workshop` and `public`."""
