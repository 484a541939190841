"""The first update of a clone that has no `learn update` yet, as one file that Python is given:

git fetch && git show origin/main:scripts/workshop/updating/first.py | .venv/bin/python -
"""

import io
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path


def main() -> int:
    name = sys.argv[1] if len(sys.argv) > 1 else "origin/main"
    top = subprocess.run(["git", "rev-parse", "--show-toplevel"], capture_output=True, text=True)
    root = Path(top.stdout.strip())
    packed = subprocess.run(["git", "archive", "--format=zip", name, "scripts"], cwd=root, capture_output=True)
    if top.returncode or packed.returncode:
        print((top.stderr or packed.stderr.decode(errors="replace")).strip(), file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(io.BytesIO(packed.stdout)) as archive:
            archive.extractall(folder)
        # The newer version's code, on this clone.
        sys.path.insert(0, folder)
        from scripts.project import run_command
        from scripts.workshop.updating.update import update

        return run_command(lambda _: update(root, name, fetch=False))


if __name__ == "__main__":
    sys.exit(main())
