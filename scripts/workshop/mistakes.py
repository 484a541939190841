"""The catalogue of mistakes: known wrong versions of every piece, each with an explanation.

  python -m scripts.workshop.mistakes rms_norm      those of a piece
  python -m scripts.workshop.mistakes --report      try all of them, and mutants made by machine, and what is right

The report takes minutes. Its exit status is 1 where a mistake is not caught or not named, where a mutant survives that
survivors.toml of the piece does not list, or where a right version from its alternatives/ is rejected, or what is right
when it has been packed to be graded.
"""

import sys
import textwrap
from concurrent.futures import ProcessPoolExecutor

from scripts.project import Parser, json_line, run_command
from scripts.workshop.diagnose import mistakes_of
from scripts.workshop.diagnose.verdicts import context
from scripts.workshop.pieces import BY_ID, PIECES, Piece
from scripts.workshop.pieces.board import find_piece
from scripts.workshop.prove.mutants import known_survivors


def main(argv=None) -> int:
    parser = Parser(prog="python -m scripts.workshop.mistakes", description=__doc__)
    parser.add_argument("piece", nargs="*", metavar="PIECE", help="a piece's id, or its end (default: all)")
    parser.add_argument("--report", action="store_true", help="try them out, and mutants too")
    parser.add_argument("--json", action="store_true", help="with --report: one JSON object as the last line")
    options = parser.parse_args(argv)
    pieces = [find_piece(name) for name in options.piece] or list(PIECES)
    return report(pieces, options.json) if options.report else show(pieces)


def show(pieces: list[Piece]) -> int:
    for piece in pieces:
        kinds: dict[str, list] = {}
        for mistake in mistakes_of(piece):
            kinds.setdefault(mistake.kind, []).append(mistake)
        by_rule = sum(mistake.by_rule for members in kinds.values() for mistake in members)
        print(f"{piece.id}: {sum(map(len, kinds.values()))} mistakes of {len(kinds)} kinds, {by_rule} made by rule (*)")
        for kind, members in kinds.items():
            names = [mistake.name + "*" * mistake.by_rule for mistake in members]
            print(f"\n  {kind}" + (f" ({', '.join(names)})" if names != [kind] else ""))
            print(textwrap.fill(members[0].why, width=78, initial_indent="    ", subsequent_indent="    "))
        print()
    return 0


def report(pieces: list[Piece], as_json: bool) -> int:
    from scripts.workshop.prove.gate import judge

    counts = dict.fromkeys(
        ("pieces", "mistakes", "by_hand", "caught", "named", "mutants", "killed", "alternatives", "accepted"), 0
    )
    survivors, faults = [], []
    with ProcessPoolExecutor(mp_context=context()) as pool:
        for judgement in pool.map(judge, pieces):
            print(f"{judgement.piece}: {len(judgement.tried)} mistakes, {judgement.mutants} mutants", file=sys.stderr)
            counts["pieces"] += 1
            counts["mistakes"] += len(judgement.tried)
            counts["by_hand"] += sum(not tried.mistake.by_rule for tried in judgement.tried)
            counts["caught"] += sum(tried.caught for tried in judgement.tried)
            counts["named"] += sum(tried.named for tried in judgement.tried)
            counts["mutants"] += judgement.mutants
            counts["killed"] += judgement.mutants - len(judgement.survivors)
            for tried in judgement.tried:
                if not tried.named:
                    fault = f"might be {', '.join(tried.rivals)}" if tried.caught else "NOT CAUGHT"
                    faults.append(f"{judgement.piece}: {tried.mistake.name}: {fault}")
            counts["alternatives"] += len(judgement.refusals)
            for name, refusal in judgement.refusals.items():
                counts["accepted"] += not refusal
                if refusal:
                    faults.append(f"{judgement.piece}: the right version {name} is rejected {refusal}")
            faults += [f"{judgement.piece}: what is right is spoilt by packing it. {said}" for said in judgement.spoilt]
            for name in judgement.survivors:
                reason = known_survivors(BY_ID[judgement.piece]).get(name)
                survivors.append({"piece": judgement.piece, "mutant": name, "reason": reason})
                if reason is None:
                    faults.append(f"{judgement.piece}: a mutant survives that survivors.toml does not list: {name}")
    for fault in faults:
        print(fault, file=sys.stderr)
    if as_json:
        print(json_line({**counts, "survivors": survivors}))
    else:
        print("{mistakes} mistakes in {pieces} pieces, {by_hand} of them written by hand: ".format(**counts), end="")
        print("{caught} caught, {named} named.".format(**counts))
        print("{mutants} mutants: {killed} killed, ".format(**counts) + f"{len(survivors)} survivors.")
        print("{alternatives} other right versions: {accepted} accepted.".format(**counts))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(run_command(main))
