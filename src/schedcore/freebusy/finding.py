"""`find_times` and `next_time`: when can these people meet?

`wanted` says what is asked, `asking` turns it into columns, the kernel `_find` (whose head has the rules and the
theory) answers, `slots` is what the answer is made of. The answer depends on the arguments alone: no clock is read, and
the order of the slots has no ties.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, tzinfo
from typing import TYPE_CHECKING

from schedcore._column import column_of
from schedcore.errors import InvalidValue, shorten
from schedcore.freebusy.asking import MAX_STARTS, Look, Question
from schedcore.freebusy.slots import Found, Refused

if TYPE_CHECKING:
    from schedcore._cancel import CancelToken
    from schedcore.freebusy.asking import Busy
    from schedcore.freebusy.slots import Slot
    from schedcore.freebusy.wanted import Wanted

__all__ = ["find_times", "next_time"]


def find_times(
    busy: Busy,
    wanted: Wanted,
    start: date,
    end: date,
    *,
    tz: str | tzinfo = "UTC",
    now: date | None = None,
    unknown: Iterable[int] = (),
    meetings: tuple[Iterable[int], Iterable[int]] | None = None,
    limit: int | None = None,
    explain: bool = False,
    cancel: CancelToken | None = None,
    max_starts: int = MAX_STARTS,
) -> Found:
    """Find the times in [start, end) at which a meeting can be, best first.

    `busy` are merged columns, the answer of `query`, or calendars, whose places are then the owners; `tz` is the
    asker's zone, for bounds without one and for the grid. `now` is the moment that notice is counted from. `unknown`
    are owners whose calendars could not be read, on top of those that `busy` names. `meetings` are columns of owner and
    start, one row a meeting, for `most_a_day`; calendars bring their own. At most `limit` slots are given; `explain`
    keeps what is needed to say of each other start why not. Of two slots the better one has fewer people missing, then
    fewer tentative minutes, then is fairer across zones (each one's minutes outside of 08:00 to 18:00 on their clock:
    the smaller maximum, then the smaller sum), then is earlier.

    InvalidValue for what makes no sense, ZoneError, LimitExceeded beyond `max_starts` starts on the grid, Cancelled.
    O(stretches + people + starts): 500 people over 30 days take some 10 ms, explanations are made one by one.

    >>> from datetime import timedelta
    >>> from schedcore.freebusy import Wanted, WorkHours, find_times, merge
    >>> busy = merge(owner=[0, 1], start=[32400, 39600], end=[36000, 43200])       # 09:00-10:00 and 11:00-12:00
    >>> hours = WorkHours("Th 09:00-12:00")
    >>> found = find_times(
    ...     busy, Wanted(timedelta(minutes=45), required=[0, 1], hours=hours), date(1970, 1, 1), date(1970, 1, 2)
    ... )
    >>> [slot.start / 3600 for slot in found]
    [10.0, 10.25]
    """
    if limit is not None and (type(limit) is not int or limit < 0):
        raise InvalidValue(f"limit={shorten(limit)}: give how many slots to list, 0 or more, or None for all")
    asked = Question(busy, wanted, start, end, tz, now, unknown, meetings, max_starts)
    survey = asked.search.survey(asked.starts, True, cancel)
    looker = Look(asked, survey)
    ranked = survey.ranked().tolist()[:limit]
    return Found(
        looker,
        ranked,
        column_of(survey.starts[place] for place in ranked),
        looked_at=len(asked.starts),
        unknown=tuple(sorted(asked.unknown)),
        why_none=looker.why_none() if not len(survey.working()) else "",
        refused=Refused(looker) if explain else None,
    )


def next_time(
    busy: Busy,
    wanted: Wanted,
    now: date,
    end: date,
    *,
    tz: str | tzinfo = "UTC",
    unknown: Iterable[int] = (),
    meetings: tuple[Iterable[int], Iterable[int]] | None = None,
    cancel: CancelToken | None = None,
    max_starts: int = MAX_STARTS,
) -> Slot | None:
    """Give the first slot at or after `now` (and the notice that is wanted) that ends by `end`; None if there is none.

    The first, not the best: it may be missing optional people. Arguments, errors and cost as `find_times`.

    >>> from datetime import timedelta
    >>> from schedcore.freebusy import Wanted, merge, next_time
    >>> busy = merge(owner=[0], start=[0], end=[3600])
    >>> next_time(busy, Wanted(timedelta(hours=1), required=[0]), date(1970, 1, 1), date(1970, 1, 2)).start
    3600
    """
    asked = Question(busy, wanted, now, end, tz, now, unknown, meetings, max_starts)
    works = asked.search.survey(asked.starts, False, cancel).working()
    if not len(works):
        return None
    return Look(asked, asked.search.survey(column_of([asked.starts[works[0]]]), True, cancel)).slot(0)
