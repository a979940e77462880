# Written by hand: keep it in step with _imported.pyx, which type checkers cannot read.
from schedcore.bulk._capsules import Imported
from schedcore.bulk._columns import Ints, Lists, Text

def of_arrow(name: str, column: Imported) -> Ints | Text | Lists: ...
