"""The questions, and answers to compare one's own with."""

import textwrap
from argparse import Namespace

from scripts.project import UsageError, wrapped
from scripts.workshop.teach.questions import QUESTIONS, TRACK_OF


def command(options: Namespace) -> int:
    if options.number is None:
        for number, question in enumerate(QUESTIONS, start=1):
            if number == 1 or TRACK_OF[question] != TRACK_OF[QUESTIONS[number - 2]]:
                print(f"\n{TRACK_OF[question]}")
            print(textwrap.fill(f"{number:4}. {question.text}", width=76, subsequent_indent=" " * 6))
        print("\nAnswer in your own words, in STATUS.md say; then compare: learn answer 1")
        return 0
    if options.number > len(QUESTIONS):
        raise UsageError(f"question {options.number}: there are {len(QUESTIONS)}; `learn answer` lists them")
    question = QUESTIONS[options.number - 1]
    print(f"{wrapped(f'{options.number}. {question.text}')}\n\n{wrapped(question.answer)}\n")
    print(f"See for yourself: {question.tryout}")
    return 0
