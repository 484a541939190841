"""Pieces and the five operations on them: skeleton, splice, check, mistake, playthrough."""
