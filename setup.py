"""Compile the kernels; everything else about the package is in pyproject.toml."""

import os
import shlex
import sys
from glob import glob

from Cython.Build import cythonize
from setuptools import Extension, setup

# SCHEDCORE_CHECKED=1 builds kernels that check every index: for tests and sanitizers, several times slower.
checked = os.environ.get("SCHEDCORE_CHECKED") == "1"

directives = {
    "language_level": 3,
    "boundscheck": checked,
    "initializedcheck": checked,
    "wraparound": False,
    # C division truncates towards zero, which is wrong for every day before 1970.
    "cdivision": False,
    "freethreading_compatible": True,
    "embedsignature": True,
}

# MSVC optimises as setuptools calls it, /O2, and knows none of these.
# SCHEDCORE_FLAGS takes the place of -O3: for the kernels that tools/sanitize.py builds.
compiling = shlex.split(os.environ.get("SCHEDCORE_FLAGS", "" if sys.platform == "win32" else "-O3"))
linking = []
# Wheels go to others: without debug information and local symbols, which are four fifths of a kernel's file. What
# `make build` compiles keeps them, for debuggers and profilers. (Apple's linker leaves debug information outside.)
# Tables for unwinding, a fifteenth of a kernel, are for debuggers too: C has no exceptions, Python's errors need none.
if "bdist_wheel" in sys.argv and sys.platform == "darwin":
    compiling += ["-g0"]
    linking += ["-Wl,-x"]
elif "bdist_wheel" in sys.argv and sys.platform != "win32":
    compiling += ["-g0", "-fno-asynchronous-unwind-tables"]
    linking += ["-s"]

# The sdist holds sources, and there is nothing to compile for it, nor for saying what the package is and requires.
# SCHEDCORE_KERNELS=0 packs the Python files alone: for an editable install beside kernels that `make build` compiled in
# place, which would otherwise compile them all once more.
without = os.environ.get("SCHEDCORE_KERNELS") == "0" or {"sdist", "egg_info", "dist_info"} & {*sys.argv}
kernels = [] if without else sorted(glob("src/schedcore/**/*.pyx", recursive=True))
modules = [
    Extension(
        path.removeprefix("src/").removesuffix(".pyx").replace("/", "."),
        [path],
        extra_compile_args=compiling,
        extra_link_args=linking,
    )
    for path in (name.replace(os.sep, "/") for name in kernels)
]

setup(
    ext_modules=cythonize(
        modules,
        compiler_directives=directives,
        include_path=["src"],
        # The C is not source: it stays out of src, and so out of the sdist and the wheel.
        build_dir="build/cython",
        # Cython sees that a .pyx changed, but not that the directives above did: `make build` then asks by --force.
        force="--force" in sys.argv,
    )
)
