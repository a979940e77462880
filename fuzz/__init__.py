"""Coverage-guided fuzzing: `make fuzz SECONDS=600`.

libFuzzer, by way of atheris, changes inputs again and again and keeps each that runs through code that none ran through
before. Each input goes to a target: a module of `fuzz.targets` that reads it in one of the ways in which the library
reads what strangers wrote, asks questions about what was read, and compares the answers of different ways.

Rules of this package:

1. Both halves of the library guide: Python bytecode, which atheris instruments, and the compiled kernels, built by gcc
   with `-fsanitize-coverage` (`kernels.c` says how that meets libFuzzer), and with its address and undefined-behaviour
   sanitizers, so that a read beyond the end of a buffer is found where it happens. See `docs/reliability.md`.
2. A finding is an exception that is none of `SchedcoreError`, an assertion of the target, a report of a sanitizer, an
   input that takes over 30 seconds, or one that takes over 2 GiB.
3. A target is plain Python that knows nothing of atheris. `tests/fuzzing` runs each over its seeds and over every input
   that was ever a finding (`tests/fuzzing/found`), in the ordinary test suite.
4. Nothing is drawn at random outside of libFuzzer: an input says all there is to say.

To add a target, put a module beside the others: its docstring says what is tried and what must hold; `seeds()` gives a
few good inputs, `WORDS` what a fuzzer would take long to spell, and `check(data: bytes)` does the rest. Nothing else
needs to know of it.
"""
