"""The slow twin of `tally_many`: a dictionary of last votes, and nothing clever."""


def twin(poll, option, voter, vote, weight=None, unique=False):
    """Rows (poll, option, no, if need be, yes, rank), sorted."""
    weight = [1] * len(poll) if weight is None else weight
    last = {}
    for row, (p, o, who, said, counts) in enumerate(zip(poll, option, voter, vote, weight, strict=True)):
        last[(p, o, row if unique else who)] = (said, counts)
    sums = {}
    for (p, o, _), (said, counts) in last.items():
        its = sums.setdefault((p, o), [0, 0, 0])
        if said >= 0:
            its[said] += counts
    polls = {}
    for (p, o), its in sums.items():
        polls.setdefault(p, []).append((o, its))
    found = []
    for p in sorted(polls):
        best = sorted(polls[p], key=lambda pair: (-pair[1][1] - pair[1][2], -pair[1][2], pair[0]))
        rank = {o: place for place, (o, _) in enumerate(best, 1)}
        found += [(p, o, *its, rank[o]) for o, its in sorted(polls[p])]
    return found
