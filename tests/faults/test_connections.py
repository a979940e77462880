"""Connections that are cut in the middle of a call: between clients and server, and between server and database."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import make_url

import stores
from faults.playing import Voters, judged, rounds, seed, serving
from faults.proxy import Proxy
from faults.voters import Round

ROUNDS = rounds("SCHEDCORE_TIMES", 2)


def play(voters: Voters, proxy: Proxy, count: Counter[str]) -> None:
    """Play rounds with connections that are cut all the time."""
    for number in range(ROUNDS):
        proxy.cutting = True
        barriers = (("close",), (), ("choose 1", "choose 2"))[number % 3]
        its = Round(seed=number, voters=12, ops=4, places=2 * (number % 2), barriers=barriers, editors=2, now=50)
        voters.begin(its)
        voters.wait("now")
        if number % 2:  # else to the end, also while the end is read
            proxy.cutting = False
        voters.wait("done")
        judged(voters.lines(), count)
    count.update({f"{what} cut off": number for what, number in proxy.lost.items()})
    assert ROUNDS == count["polls"]
    assert all(proxy.lost.values()), proxy.lost


def test_clients_cut_off(url, tmp_path, count: Counter[str]):
    """Requests and answers are lost on the way: what was acknowledged is there, and a repeat counts once."""
    with serving(url) as server, Proxy(server.address, 1, 12_000) as proxy, Voters(tmp_path, proxy.address) as voters:
        play(voters, proxy, count)


def test_database_cut_off(tmp_path, count: Counter[str]):
    """The database is lost in the middle of transactions, and their commits' answers too."""
    url = make_url(stores.fresh("postgresql", tmp_path))
    seed(url.render_as_string(hide_password=False))
    where = f"{url.query['host']}/.s.PGSQL.5432" if "host" in url.query else f"{url.host}:{url.port or 5432}"
    with Proxy(where, 1, 60_000) as proxy:
        far = url.set(host="127.0.0.1", port=proxy.port, query={"sslmode": "disable", "gssencmode": "disable"})
        with serving(far.render_as_string(hide_password=False)) as server, Voters(tmp_path, server.address) as voters:
            play(voters, proxy, count)
    stores.give_back(url.render_as_string(hide_password=False))
