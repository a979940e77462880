"""Other engines over the same workloads, in turns with this library; `make bench-rivals`.

Each engine has a file of its own. Those of other languages are processes that live through the whole run and are told
what to do on standard input, one task a line, fields separated by tabs:

    answer|time  rrule  dtstart  tz  from  to  number

Times are local, as 20000101T090000; tz is empty for floating times, `from` and `to` are empty where everything up to
COUNT is asked for, and else a half-open window. The reply is one line of JSON: {"starts": [...]} in seconds (UTC, or
local if floating), {"seconds": of one expansion, the mean of `number`}, or {"error": "..."}.

What is timed: the expansion, inside the process. Starting it, reading the rule and passing the answer on are not. Every
engine ends with values that know their instant, of its own kind; caches of answers are off.
"""
