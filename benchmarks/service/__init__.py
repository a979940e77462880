"""The service under load: `make bench-service`.

load       p50 and p99 of calls at 1, 8 and 64 callers, beside an echo on the same server stack
stream     ten million occurrences over the wire, beside the library alone
memory     what the server holds, every 10,000 of 100,000 calls
overload   ten times the callers that can be worked for: what is refused, and how long the others wait

Callers are processes of their own (`caller`), and so is each server. Rounds are interleaved: in each, every question is
asked for a fraction of a second, one after the other, so that a busy machine is busy for all of them alike. What is
told is the median of the rounds; a ratio is the median of the ratios within each round.
"""
