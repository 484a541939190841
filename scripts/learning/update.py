"""A newer version of the project under the learner's own pieces."""

from argparse import Namespace

from scripts.project import ROOT
from scripts.workshop.updating.update import update


def command(options: Namespace) -> int:
    return update(ROOT, options.branch)
