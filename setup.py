"""Compile the kernels; everything else about the package is in pyproject.toml."""

import os
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

flags = [] if sys.platform == "win32" else ["-O3"]
# SCHEDCORE_KERNELS=0 packs the Python files alone: for an editable install beside kernels that `make build` compiled in
# place, which would otherwise compile them all once more.
modules = (
    []
    if os.environ.get("SCHEDCORE_KERNELS") == "0"
    else [
        Extension(path.removeprefix("src/").removesuffix(".pyx").replace("/", "."), [path], extra_compile_args=flags)
        for path in (name.replace(os.sep, "/") for name in sorted(glob("src/schedcore/**/*.pyx", recursive=True)))
    ]
)

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
