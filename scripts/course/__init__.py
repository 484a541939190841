"""The course: a folder for each piece, grouped by file of the reference; the tracks in their order. No machinery."""
