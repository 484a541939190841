"""Questions to think about while the pieces come up: for each an answer to compare with, and a command to see it.

They stand in piece.md. The first twelve are those of STATUS.md, and have their numbers there; the others are counted in
the order of the course. Losses that an answer quotes were measured with the tiny model on a CPU, with
one seed unless it says more; other seeds differ by up to 0.007, other machines and versions of torch in the last
digits.
"""

from scripts.workshop.pieces import PIECES

QUESTIONS = tuple(sorted((each for piece in PIECES for each in piece.questions), key=lambda question: question.number))
TRACK_OF = {question: piece.track for piece in PIECES for question in piece.questions}
