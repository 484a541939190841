"""Imported once by the server that processes are forked from, so that none of them has to load what every check needs.

All of it stays: to look through it for garbage would take each of them longer than most checks, and a copy of it.
"""

import gc

gc.disable()

from scripts.workshop.check import answers, checking  # noqa: E402, F401

gc.freeze()
gc.enable()
