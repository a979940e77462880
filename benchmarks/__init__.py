"""How fast schedcore is, as ratios to what runs beside it in the same process or the same minutes.

    python -m benchmarks            the tables: this library, python-dateutil, numpy.arange; `make bench`
    python -m benchmarks.rivals     the workloads through other engines too; `make bench-rivals` does it all
    python -m benchmarks --check    the tables again, against the committed results; `make bench-check`
    python -m pytest benchmarks     each case by itself, with pytest-benchmark's statistics

Rules:

1. An answer is compared with python-dateutil's before anything is timed.
2. Contestants take turns within a row, so that a busy machine is unfair to all of them; the best time of each counts.
3. What is kept and compared are ratios. Seconds are of one machine on one day.
4. Nothing here is a test of the library, and no timing decides whether a change is good: people do.

`workloads.json` and `series.py` are data that other projects' figures were taken on: they are not edited.
"""
