# Written by hand: keep it in step with _moments.pyx, which type checkers cannot read.
from datetime import datetime, tzinfo

from schedcore._column import Column

def datetimes(col: Column, tzinfo: tzinfo | None) -> list[datetime]: ...
