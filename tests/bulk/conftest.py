"""Make `benchmarks` importable, however pytest was started: the series of the contract are generated there."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
