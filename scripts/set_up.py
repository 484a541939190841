"""Set up .venv with everything that this project needs. `make` calls it; Windows: `py -3.12 scripts/set_up.py`.

Uses the standard library only, and no syntax that an old Python would choke on before it can say that it is too old.
"""

from __future__ import print_function

import glob
import hashlib
import io
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "Scripts" if os.name == "nt" else "bin", "python")
PLACE = os.path.join(VENV, ".place")
READY = os.path.join(VENV, ".ready")
LOG = os.path.join(ROOT, ".setup.log")
OLDEST, NEWEST = (3, 11), (3, 13)


def fail(message):
    sys.exit("set-up failed: " + message)


def check_python():
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        fail(
            "Python %d.%d to %d.%d is needed, but %s is %d.%d; choose another with `make learn PYTHON=python3.12`"
            % (OLDEST + NEWEST + (sys.executable,) + sys.version_info[:2])
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        fail(
            "this Python has no venv module; on Debian and Ubuntu: sudo apt install python%d.%d-venv"
            % sys.version_info[:2]
        )


def fingerprint():
    """Changes when the project asks for other packages."""
    digest = hashlib.sha256()
    for name in ("pyproject.toml", "constraints.txt"):
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def is_ready():
    try:
        with open(READY) as file:
            return file.read() == fingerprint() and works([PYTHON, "-c", ""])
    except OSError:
        return False


def works(command, folder=None):
    try:
        null = subprocess.DEVNULL
        return subprocess.run(command, cwd=folder, stdout=null, stderr=null).returncode == 0
    except OSError:
        return False


def old_place():
    """The folder that the environment was made in, or made to fit, as far as it says so; None where it does not."""
    cfg = os.path.join(VENV, "pyvenv.cfg")
    for name, pattern in ((PLACE, "(.*)"), (cfg, r"command = .* -m venv (?:--\S+ )*(.*).\.venv")):
        try:
            with io.open(name, encoding="utf-8") as file:
                found = re.search("^" + pattern + "$", file.read(), re.MULTILINE)
        except (OSError, ValueError):
            continue
        if found:
            return found.group(1)
    return None


def relocate():
    """Let an environment that was copied or moved along with its folder say where it is, not where it was."""
    old = old_place()
    if old in (None, ROOT):
        return
    files = [os.path.join(VENV, "pyvenv.cfg")] + glob.glob(os.path.join(glob.escape(os.path.dirname(PYTHON)), "*"))
    files += glob.glob(os.path.join(glob.escape(VENV), "lib", "*", "site-packages", "__editable__*"))
    for name in files:
        if not os.path.islink(name) and os.path.isfile(name):
            rewrite(name, os.path.join(old, "").encode("utf-8"), os.path.join(ROOT, "").encode("utf-8"))
    print("The environment in .venv was made for %s; now it fits here." % old, flush=True)


def rewrite(name, old, new):
    """Put one folder in the place of another wherever a text file names it."""
    with open(name, "rb") as file:
        data = file.read()
    if old not in data or b"\0" in data:
        return
    first, _, rest = data.replace(old, new).partition(b"\n")
    if first.startswith(b"#!" + new) and (b" " in first or len(first) > 120):
        # No system takes such a path in this line; a shell does, and Python reads what it is told as a text.
        first = b"#!/bin/sh\n'''exec' \"" + first[2:] + b'" "$0" "$@"\n\' \'\'\''
    with open(name, "wb") as file:
        file.write(first + b"\n" + rest)


def create_environment():
    version = "import sys; sys.exit(not %r <= sys.version_info[:2] <= %r)" % (OLDEST, NEWEST)
    if works([PYTHON, "-c", version]):
        # Somebody's, uv's say, may come without pip.
        if not works([PYTHON, "-m", "pip", "--version"]) and not works([PYTHON, "-m", "ensurepip"]):
            fail("the environment in .venv has no pip and cannot get one; remove the folder .venv and try again")
        return
    print("Creating .venv ...", flush=True)
    import venv

    try:
        venv.create(VENV, with_pip=True, clear=True)
    except (OSError, subprocess.CalledProcessError) as error:
        fail("cannot create %s: %s" % (VENV, error))


def pip(*arguments):
    """Run pip, show what it downloads, keep the rest in the log. Returns whether it worked, and its last complaint."""
    command = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check"] + list(arguments)
    complaint = ""
    with open(LOG, "a", encoding="utf-8") as log:
        log.write("$ %s\n" % " ".join(command))
        with subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace"
        ) as process:
            for line in process.stdout:
                log.write(line)
                if line.strip().startswith("Downloading") and "metadata" not in line:
                    print("  " + line.strip(), flush=True)
                if line.startswith("ERROR"):
                    complaint = line.strip()
    return process.returncode == 0, complaint


def install():
    open(LOG, "w").close()
    if not works([PYTHON, "-m", "pip", "show", "torch"]):
        # A build of torch that pip is told to look for on disk comes first, since the package index may only have one
        # with several gigabytes of GPU libraries. Where there is none, this fails at once and harmlessly.
        pip("--no-index", "--no-deps", "torch>=2.6")
    print("Installing (once; torch is large, so this can take minutes) ...", flush=True)
    worked, complaint = pip("-c", "constraints.txt", "-e", ".[dev]")
    if not worked:
        fail("%s (all of pip's output: %s)" % (complaint or "pip could not install the packages", LOG))
    with open(READY, "w") as file:
        file.write(fingerprint())
    print("Set up.", flush=True)


def main():
    check_python()
    if is_ready():
        relocate()
        os.utime(READY)
    else:
        create_environment()
        install()
    with io.open(PLACE, "w", encoding="utf-8") as file:
        file.write(ROOT)
    # How git merges learn/ in this clone. Without git there is nothing to merge.
    works([PYTHON, "-m", "scripts.workshop.updating.driver", "--set-up"], ROOT)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        fail("interrupted; the next call goes on from here")
    except OSError as error:
        fail("%s; allow it there, or free some space, and try again" % error)
