"""Yours: the same files as reference/, with the bodies of the pieces left for you to write."""
