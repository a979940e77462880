"""One Spark and one Ray for all tests that need them, not both at a time; and the examples made importable."""

import sys
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(HOME))

# Both leave sockets and files to the garbage collector, and say things about the pandas that is installed.
FOREIGN = (
    "ignore:PySpark does not yet fully support pandas:FutureWarning",
    "ignore::ResourceWarning",
    "ignore::DeprecationWarning:ray",
    "ignore::FutureWarning:ray",
    "ignore::pytest.PytestUnraisableExceptionWarning",
)


def pytest_configure(config):
    """What Spark and Ray warn of is not ours to mend."""
    for line in FOREIGN:
        config.addinivalue_line("filterwarnings", line)
