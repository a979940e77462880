"""The statuses, their words in other formats, and what an event's properties say together."""

import pytest

from schedcore.freebusy import Status
from schedcore.freebusy.reading import status_of
from schedcore.freebusy.status import CDO_BUSYSTATUS, DIGITS, EVENT_STATUS, FBTYPE, PARTSTAT, TRANSP, Words

FREE, TENTATIVE, BUSY, OUT_OF_OFFICE = Status
TABLES = [CDO_BUSYSTATUS, DIGITS, EVENT_STATUS, FBTYPE, PARTSTAT, TRANSP]


def test_numbers_are_the_digits() -> None:
    """Outlook's digits and the order of precedence are the numbers of the statuses."""
    assert [0, 1, 2, 3] == [int(DIGITS.word(status)) for status in Status]
    assert sorted(Status) == [FREE, TENTATIVE, BUSY, OUT_OF_OFFICE]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_word_that_is_written_is_read_back(table: Words) -> None:
    """Writing a status that the table knows and reading the word gives the status again."""
    for status in set(table.words.values()):
        assert status is table.status(table.word(status))


@pytest.mark.parametrize(
    ("table", "word", "status"),
    [
        (TRANSP, "transparent", FREE),
        (TRANSP, "X-OTHER", BUSY),
        (EVENT_STATUS, "CANCELLED", FREE),
        (EVENT_STATUS, " Tentative ", TENTATIVE),
        (CDO_BUSYSTATUS, "OOF", OUT_OF_OFFICE),
        (CDO_BUSYSTATUS, "WORKINGELSEWHERE", FREE),
        (CDO_BUSYSTATUS, "", BUSY),
        (PARTSTAT, "DECLINED", FREE),
        (PARTSTAT, "NEEDS-ACTION", TENTATIVE),
        (PARTSTAT, "X-MAYBE", TENTATIVE),
        (FBTYPE, "BUSY-UNAVAILABLE", OUT_OF_OFFICE),
        (FBTYPE, "X-LUNCH", BUSY),
        (DIGITS, "4", FREE),
    ],
)
def test_words_read(table: Words, word: str, status: Status) -> None:
    """What RFC 5545 and Outlook mean by a word, and by one they do not know."""
    assert status is table.status(word)


@pytest.mark.parametrize(
    ("table", "status", "word"),
    [
        (TRANSP, TENTATIVE, "OPAQUE"),
        (TRANSP, OUT_OF_OFFICE, "OPAQUE"),
        (EVENT_STATUS, OUT_OF_OFFICE, "CONFIRMED"),
        (FBTYPE, TENTATIVE, "BUSY-TENTATIVE"),
        (CDO_BUSYSTATUS, OUT_OF_OFFICE, "OOF"),
    ],
)
def test_words_written(table: Words, status: Status, word: str) -> None:
    """A format without a word for a status gets the nearest one, the stronger of two."""
    assert word == table.word(status)


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ({}, BUSY),
        ({"transp": "OPAQUE"}, BUSY),
        ({"transp": "TRANSPARENT"}, FREE),
        ({"transp": "TRANSPARENT", "busystatus": "OOF"}, FREE),
        ({"status": "CANCELLED", "busystatus": "OOF"}, FREE),
        ({"status": "TENTATIVE"}, TENTATIVE),
        ({"status": "TENTATIVE", "busystatus": "BUSY"}, TENTATIVE),
        ({"status": "TENTATIVE", "busystatus": "OOF"}, OUT_OF_OFFICE),
        ({"status": "CONFIRMED", "busystatus": "TENTATIVE"}, TENTATIVE),
        ({"busystatus": "FREE"}, FREE),
        ({"all_day": True}, FREE),
        ({"all_day": True, "status": "TENTATIVE"}, FREE),
        ({"all_day": True, "transp": "OPAQUE"}, BUSY),
        ({"all_day": True, "busystatus": "OOF"}, OUT_OF_OFFICE),
    ],
)
def test_properties_together(words: dict[str, str], status: Status) -> None:
    """The five rules of `schedcore.freebusy.reading`, in their order."""
    assert status is status_of(**words)  # type: ignore[arg-type]
