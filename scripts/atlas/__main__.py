"""The atlas: a page for every variant and every model, to look at: what it does, what it costs, what it brings.

examples:
  python -m scripts.atlas                        build the site in site/, and say where it begins
  python -m scripts.atlas --out /tmp/atlas       in another folder
  python -m scripts.atlas --serve                build it, then show it at http://127.0.0.1:8000
  python -m scripts.atlas --measure              first measure what no page has figures for yet: half an hour for
                                                 everything; Ctrl-C keeps what is done, the same line goes on

Everything on it is made from the registries, the docstrings, the course and scripts/atlas/measurements.json. It needs no
network, neither to be built nor to be read.
"""

import sys

from scripts.project import ROOT, Parser, at_least, path_from, run_command, shown


def parser() -> Parser:
    parser = Parser(prog="python -m scripts.atlas", description=__doc__)
    add = parser.add_argument
    add("--out", type=path_from, default=ROOT / "site", metavar="DIR", help="where the site goes (default: site/)")
    add("--serve", action="store_true", help="show it on this machine, at 127.0.0.1, until Ctrl-C")
    add("--port", type=at_least(1), default=8000, metavar="N", help="for --serve (default: 8000)")
    return parser


def main(argv=None) -> int:
    options = parser().parse_args(argv)
    import torch

    from .site import build

    # Models this small are slower with two threads than with one.
    torch.set_num_threads(1)
    site = build(options.out, print)
    print(f"{len(site.pages)} pages; it begins at {shown(options.out / 'index.html')}")
    if options.serve:
        serve(options.out, options.port)
    return 0


def serve(folder, port: int) -> None:
    from functools import partial
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        print(f"http://127.0.0.1:{port}  (Ctrl-C ends it)", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    sys.exit(run_command(main))
