"""`Rule`: one recurrence rule of RFC 5545 3.3.10, frozen.

Rules of this module:

1. A rule is a value: nothing of it can be set, and two rules with the same canonical text are equal.
2. Text and constructor end in the same two steps: words are read by `words`, and `check` judges the whole.
3. What costs something is made when first asked for: the canonical text, and the compiled rule.
4. Texts parsed lately are remembered with their rule, within a bound, since companies have few distinct rules.

What this module does not do: a rule alone has no occurrences; `Series` gives it a DTSTART.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, NoReturn, Self, final

from schedcore.errors import RuleError, shorten
from schedcore.recurrence.check import check
from schedcore.recurrence.parse import read
from schedcore.recurrence.parts import FREQUENCIES
from schedcore.recurrence.words import WRITERS, from_python

if TYPE_CHECKING:
    from schedcore._rrule import CompiledRule

__all__ = ["Rule"]

_CACHE_TEXTS: Final = 4096
"""How many texts are remembered for each of strict and lenient. When full, a cache is emptied: one atomic step that
needs no lock, and the texts in use are back after a few microseconds each."""

_CACHE_CHARS: Final = 256
"""Longer texts are not remembered, so that strangers cannot fill the memory: the caches hold 2 MB of text at most."""

_STRICT: Final[dict[str, Rule]] = {}
_LENIENT: Final[dict[str, Rule]] = {}

_FREQ_NUMBERS: Final = {name: number for number, name in enumerate(FREQUENCIES)}

_put: Final = object.__setattr__
"""The way past `Rule.__setattr__`, for this module alone."""


@final
class Rule:
    """A recurrence rule: a FREQ, the parts that choose within it, and where it ends.

    Fields: `freq` ("YEARLY" to "SECONDLY"); `interval` from 1; `count` or None; `until`, a date, a naive datetime
    (local time), a datetime in UTC, or None; `wkst`, 0 for Monday to 6; `bymonth`, `byweekno`, `byyearday`,
    `bymonthday`, `byhour`, `byminute`, `bysecond`, `bysetpos`, sorted tuples of int; `byday`, a sorted tuple of pairs
    (ordinal or 0, weekday from 0 for Monday); `problems`, what lenient reading forgave, a tuple of text.

    The constructor takes the same names. Lists may be any iterables of int, or one int; `byday` takes pairs, texts
    like "2SU", or one text like "MO,2SU"; `freq` and `wkst` take text in either case. `strict=False` lets parts stand
    together that RFC 5545 forbids, as `parse` does; values must be good in any case.

    `str(rule)` is canonical: FREQ, INTERVAL unless 1, BYMONTH, BYWEEKNO, BYYEARDAY, BYMONTHDAY, BYDAY, BYHOUR,
    BYMINUTE, BYSECOND, BYSETPOS, WKST unless MO, COUNT, UNTIL, each list sorted and without repeats. Rules are equal,
    and hash alike, if these texts are; `problems` do not count. A rule can be pickled; a copy is the rule itself.

    Raises RuleError naming part and value. Cost: a few microseconds. Source: RFC 5545 3.3.10.

    >>> rule = Rule("monthly", byday="MO,TU,WE,TH,FR", bysetpos=-1)
    >>> print(rule)
    FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1
    >>> rule == Rule.parse("RRULE:FREQ=MONTHLY;BYSETPOS=-1;BYDAY=FR,TH,WE,TU,MO;INTERVAL=1")
    True
    >>> Rule("DAILY", byday="2MO")
    Traceback (most recent call last):
    ...
    schedcore.errors.RuleError: BYDAY=2MO: an ordinal needs FREQ=MONTHLY or YEARLY (RFC 5545 3.3.10): take the number away
    """  # noqa: E501 - the message of the error is one line

    __slots__ = (
        "_compiled",
        "_compiled_dateutil",
        "_text",
        "byday",
        "byhour",
        "byminute",
        "bymonth",
        "bymonthday",
        "bysecond",
        "bysetpos",
        "byweekno",
        "byyearday",
        "count",
        "freq",
        "interval",
        "problems",
        "until",
        "wkst",
    )

    freq: str
    interval: int
    count: int | None
    until: date | datetime | None
    wkst: int
    bymonth: tuple[int, ...]
    byweekno: tuple[int, ...]
    byyearday: tuple[int, ...]
    bymonthday: tuple[int, ...]
    byday: tuple[tuple[int, int], ...]
    byhour: tuple[int, ...]
    byminute: tuple[int, ...]
    bysecond: tuple[int, ...]
    bysetpos: tuple[int, ...]
    problems: tuple[str, ...]
    _text: str | None
    _compiled: CompiledRule | None
    _compiled_dateutil: CompiledRule | None

    def __init__(
        self,
        freq: str,
        *,
        interval: int = 1,
        count: int | None = None,
        until: date | datetime | str | None = None,
        wkst: int | str = 0,
        bymonth: Any = (),
        byweekno: Any = (),
        byyearday: Any = (),
        bymonthday: Any = (),
        byday: Any = (),
        byhour: Any = (),
        byminute: Any = (),
        bysecond: Any = (),
        bysetpos: Any = (),
        strict: bool = True,
    ) -> None:
        """Check and normalise the parts; see the class for what each may be."""
        given = {
            "INTERVAL": interval,
            "WKST": wkst,
            "COUNT": count,
            "UNTIL": until,
            "BYMONTH": bymonth,
            "BYWEEKNO": byweekno,
            "BYYEARDAY": byyearday,
            "BYMONTHDAY": bymonthday,
            "BYDAY": byday,
            "BYHOUR": byhour,
            "BYMINUTE": byminute,
            "BYSECOND": bysecond,
            "BYSETPOS": bysetpos,
        }
        fields: dict[str, Any] = {"FREQ": from_python("FREQ", freq)}
        for part, value in given.items():
            if value is not None and (settled := from_python(part, value)) != ():
                fields[part] = settled
        _fill(self, fields, check(fields, strict))

    @classmethod
    def parse(cls, text: str, strict: bool = True) -> Rule:
        """Read the text of an RRULE, with or without "RRULE:" before it.

        Strict raises RuleError, naming part, value and what to do, for everything that RFC 5545 3.3.10 forbids.
        `strict=False` takes what real calendars hold, does the sensible thing, and lists each thing it forgave in
        `problems`; what has no sensible meaning is a RuleError even then.

        Cost: about 0.1 microseconds for a text read lately, else a few. Source: RFC 5545 3.3.10.

        >>> Rule.parse("FREQ=YEARLY;BYMONTH=1;BYDAY=-1SU").byday
        ((-1, 6),)
        >>> Rule.parse("FREQ=DAILY;COUNT=3;UNTIL=20260105;", strict=False).problems[1]
        'COUNT=3: COUNT and UNTIL exclude each other; the rule ends at whichever comes first'
        >>> Rule.parse("FREQ=DAILY;BYHOUR=25")
        Traceback (most recent call last):
        ...
        schedcore.errors.RuleError: BYHOUR=25 is out of range: give 0 to 23 (RFC 5545 3.3.10)
        """
        cache = _STRICT if strict else _LENIENT
        try:
            rule = cache.get(text)
        except TypeError:  # an unhashable value is no text either
            rule = None
        return rule or _parse(text, strict, cache)

    def replace(self, **changes: Any) -> Rule:
        """Give the rule with some parts changed, named as in the constructor.

        A rule that was read leniently is checked leniently again. Raises RuleError as the constructor does, and
        TypeError for a name that it does not have.

        >>> print(Rule.parse("FREQ=DAILY;COUNT=10").replace(count=None, interval=2))
        FREQ=DAILY;INTERVAL=2
        """
        fields: dict[str, Any] = {part.lower(): getattr(self, part.lower()) for part in WRITERS}
        fields["strict"] = not self.problems
        return Rule(**(fields | changes))

    @property
    def is_empty(self) -> bool:
        """Whether the rule matches no time at all, whatever DTSTART is: 30 February, 31 April.

        Found from the tables of the compiled rule, without a search.

        >>> Rule.parse("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30").is_empty
        True
        """
        return self._compile().is_empty

    def describe(self, language: str = "en", dtstart: date | None = None) -> str:
        """Say the rule in words, as people do; with `dtstart` also what it takes from there, the weekday or the time.

        `language` is "en", "de" or "fr"; InvalidValue for another. For people: no program should read it.

        >>> Rule.parse("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1").describe()
        'on the last working day of the month'
        >>> Rule.parse("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;COUNT=10").describe("fr")
        'un mardi sur deux, 10 fois'
        """
        from schedcore.recurrence.describe import describe

        return describe(self, language, dtstart)

    def equivalent(self, other: Rule, dtstart: date) -> bool:
        """Tell whether both rules give the same occurrences for this DTSTART, up to the end of the calendar.

        Exact: no sample is taken. `Rule` compares by text; here COUNT may equal UNTIL, and DAILY WEEKLY. A rule that
        does not fit DTSTART is read as `Series(..., strict=False)` does. Costs milliseconds at most; where INTERVAL
        steps unevenly through the day (every 7 minutes), or BYSETPOS picks among several times of a day, some 30 ns for
        each start before the first difference, in 400 years or a few times that at most. Raises SeriesError.

        >>> workdays = Rule.parse("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR")
        >>> workdays.equivalent(Rule.parse("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"), date(2026, 1, 1))
        True
        """
        from schedcore.recurrence.equivalence import equivalent

        return equivalent(self, other, dtstart)

    def _compile(self, dateutil: bool = False) -> CompiledRule:
        """Give the compiled rule, in the default reading or in dateutil's; made once, when first asked for."""
        compiled = self._compiled_dateutil if dateutil else self._compiled
        if compiled is None:
            # Imported here: a rule that is only read and written needs no kernel.
            from schedcore._rrule import CompiledRule

            compiled = CompiledRule(
                _FREQ_NUMBERS[self.freq], self.interval, self.wkst, self.bymonth, self.byweekno, self.byyearday,
                self.bymonthday, self.byday, self.byhour, self.byminute, self.bysecond, self.bysetpos, self.count,
                dateutil,
            )  # fmt: skip
            # Two threads may both make one; they are alike, and either may stay.
            _put(self, "_compiled_dateutil" if dateutil else "_compiled", compiled)
        return compiled

    def __str__(self) -> str:
        """Give the canonical text."""
        text = self._text
        if text is None:
            text = _canonical(self)
            _put(self, "_text", text)
        return text

    def __repr__(self) -> str:
        """Give an expression that makes the rule again."""
        return f"Rule.parse({str(self)!r}{', strict=False' if self.problems else ''})"

    def __eq__(self, other: object) -> bool:
        """Compare canonical texts."""
        if self is other:
            return True
        return str(self) == str(other) if isinstance(other, Rule) else NotImplemented

    def __hash__(self) -> int:
        """Hash the canonical text."""
        return hash(str(self))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        """Refuse: a rule is frozen."""
        raise AttributeError(f"a Rule is frozen, {name} cannot be set: use rule.replace({name}=...)")

    def __delattr__(self, name: str) -> NoReturn:
        """Refuse: a rule is frozen."""
        raise AttributeError(f"a Rule is frozen, {name} cannot be deleted: use rule.replace({name}=...)")

    def __copy__(self) -> Self:
        """Give the rule itself: it cannot change."""
        return self

    def __deepcopy__(self, memo: object) -> Self:
        """Give the rule itself: it cannot change."""
        return self

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle as text: the compiled rule is made again where it is needed."""
        return _restore, (str(self), self.problems)


def _fill(rule: Rule, fields: dict[str, Any], problems: tuple[str, ...]) -> None:
    """Set every slot of a new rule."""
    get = fields.get
    _put(rule, "freq", fields["FREQ"])
    _put(rule, "interval", get("INTERVAL", 1))
    _put(rule, "count", get("COUNT"))
    _put(rule, "until", get("UNTIL"))
    _put(rule, "wkst", get("WKST", 0))
    _put(rule, "bymonth", get("BYMONTH", ()))
    _put(rule, "byweekno", get("BYWEEKNO", ()))
    _put(rule, "byyearday", get("BYYEARDAY", ()))
    _put(rule, "bymonthday", get("BYMONTHDAY", ()))
    _put(rule, "byday", get("BYDAY", ()))
    _put(rule, "byhour", get("BYHOUR", ()))
    _put(rule, "byminute", get("BYMINUTE", ()))
    _put(rule, "bysecond", get("BYSECOND", ()))
    _put(rule, "bysetpos", get("BYSETPOS", ()))
    _put(rule, "problems", problems)
    _put(rule, "_text", None)
    _put(rule, "_compiled", None)
    _put(rule, "_compiled_dateutil", None)


def _from_text(text: str, strict: bool) -> Rule:
    problems: list[str] = []
    fields = read(text, strict, problems)
    more = check(fields, strict)
    rule = Rule.__new__(Rule)
    _fill(rule, fields, (*problems, *more))
    return rule


def _parse(text: object, strict: bool, cache: dict[str, Rule]) -> Rule:
    """Read a text that is not in the cache, and remember it if it is short."""
    if not isinstance(text, str):
        raise RuleError(f"a rule is text, as FREQ=DAILY: {shorten(text)} is {type(text).__name__}", value=text)
    if type(text) is not str:
        text = str.__str__(text)  # a subclass may carry much that the cache should not keep alive
    rule = _from_text(text, strict)
    if len(text) <= _CACHE_CHARS:
        if len(cache) >= _CACHE_TEXTS:
            cache.clear()
        cache[text] = rule
    return rule


def _canonical(rule: Rule) -> str:
    """Write the parts that say something, in the order of `WRITERS`."""
    texts = []
    for field, head, silent, write in _WRITE:
        value = getattr(rule, field)
        if value != silent:
            texts.append(head + write(value))
    return ";".join(texts)


_SILENT: Final = {"FREQ": None, "INTERVAL": 1, "WKST": 0, "COUNT": None, "UNTIL": None}
"""The values that canonical text leaves out, since a rule without the part means the same; of a list, the empty one."""

_WRITE: Final = tuple((part.lower(), part + "=", _SILENT.get(part, ()), write) for part, write in WRITERS.items())


def _restore(text: str, problems: tuple[str, ...]) -> Rule:
    """Make a pickled rule again, with the problems that its text no longer shows."""
    rule = _from_text(text, strict=False)
    _put(rule, "problems", problems)
    return rule
