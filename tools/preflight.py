"""Say in one line what this machine lacks to build schedcore, and end with 1; say nothing when it lacks nothing.

Run with the Python that shall make the virtual environment, so it keeps to syntax that one too old for schedcore can
still read (from 3.6 on).
"""

import os
import shlex
import shutil
import sys
import sysconfig


def lacking():
    """Return what is missing and how to get it, or None."""
    if sys.version_info < (3, 11):  # noqa: UP036 (this runs before anything has looked at requires-python)
        version = ".".join(map(str, sys.version_info[:2]))
        return f"Python {version} is too old: schedcore needs 3.11 or newer (make PYTHON=python3.12 names another)"
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError as error:
        return f"this Python has no module {error.name!r}: install it (Debian: apt-get install python3-venv)"
    # The order in which setuptools looks for the compiler: the environment, then what Python itself was built with.
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")[0]
    if shutil.which(compiler) is None:
        return f"no C compiler: {compiler!r} is not on PATH: install it (Debian: apt-get install gcc) or set CC"
    header = os.path.join(sysconfig.get_path("include"), "Python.h")
    if not os.path.exists(header):
        return f"no Python headers: {header} is missing: install them (Debian: apt-get install python3-dev)"
    return None


problem = lacking()
if problem is not None:
    sys.exit("schedcore cannot be built here: " + problem)
