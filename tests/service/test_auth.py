"""Who is asking: tokens, certificates, names; and that no server stands open where others can reach it."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

import layers
import stores
from schedcore.cli.command import run
from schedcore.errors import InvalidValue, NotAllowed
from schedcore.policy import Group, Person
from schedcore.service.auth import Gate, Tokens, entry_of, new_token, read_tokens
from schedcore.service.calendar_limits import CalendarLimits
from schedcore.service.calls import Caller
from schedcore.service.certificates import Certificates
from schedcore.service.errors import Unauthenticated
from schedcore.service.settings import Settings, is_loopback
from schedcore.store import Store, directory
from schedcore.v1 import common_pb2 as common
from schedcore.v1 import poll_pb2, poll_pb2_grpc, recurrence_pb2_grpc
from schedcore.v1 import recurrence_pb2 as pb
from service.certificates import Authority
from service.processes import Server, refused
from service.wire import refused as refused_call

NEXT = pb.NextRequest(series=common.Series(dtstart=common.Time(date="2026-01-01")))


def bearer(token: str, principal: str = "") -> list[tuple[str, str]]:
    return [("authorization", f"Bearer {token}"), *([("schedcore-principal", principal)] if principal else [])]


def ask(channel: grpc.Channel, metadata=()) -> pb.NextResponse:
    return recurrence_pb2_grpc.RecurrenceServiceStub(channel).Next(NEXT, metadata=metadata, timeout=30)


# --- the gate, as a function -----------------------------------------------------------------------------------------


@pytest.fixture
def gate(tmp_path) -> tuple[Gate, str, str]:
    """A gate, with the token of anna and that of a back end."""
    anna, mail = new_token(), new_token()
    file = tmp_path / "tokens.toml"
    file.write_text(entry_of(anna, person="anna") + "\n" + entry_of(mail, backend="mail"))
    return Gate(read_tokens(file)), anna, mail


def test_a_person_is_that_person(gate):
    """A person's token acts as the person, named or not, and never as another."""
    gate, anna, _ = gate
    assert Caller("anna") == gate.caller(dict(bearer(anna)), ())
    assert Caller("anna") == gate.caller(dict(bearer(anna, "anna")), ())
    with pytest.raises(NotAllowed):
        gate.caller(dict(bearer(anna, "ben")), ())


def test_a_back_end_acts_for_anybody(gate):
    """A back end's token names who acts, or nobody."""
    gate, _, mail = gate
    assert Caller("ben", backend=True, name="mail") == gate.caller(dict(bearer(mail, "ben")), ())
    assert Caller(None, backend=True, name="mail") == gate.caller(dict(bearer(mail)), ())


@pytest.mark.parametrize(
    "metadata", [{}, {"authorization": "Bearer wrong"}, {"authorization": "Basic x"}, {"schedcore-principal": "anna"}]
)
def test_nobody(gate, metadata):
    """Without a token that is known nobody is let in."""
    with pytest.raises(Unauthenticated):
        gate[0].caller(metadata, ())


def test_names_that_are_none(gate):
    """A name must be printable text of a bounded length."""
    gate, _, mail = gate
    for name in ("a\nb", "x" * 513):
        with pytest.raises(Unauthenticated):
            gate.caller(dict(bearer(mail, name)), ())


def test_names_of_certificates():
    """A SAN says a person or a back end; a map says what other names are; anything else is nobody."""
    gate = Gate(certificates=True, names={"mail.example.org": "backend:mail"})
    assert Caller("anna") == gate.caller({}, ["host", "schedcore:person:anna"])
    assert Caller(None, backend=True, name="mail") == gate.caller({}, ["mail.example.org"])
    assert Caller("ben", backend=True, name="x") == gate.caller({"schedcore-principal": "ben"}, ["schedcore:backend:x"])
    long = f"schedcore:person:{'x' * 513}"
    for names in ([], ["host"], ["schedcore:person:"], ["schedcore:admin:x"], ["person:anna"], [long]):
        with pytest.raises(Unauthenticated):
            gate.caller({}, names)


def test_shares_are_told_apart():
    """A person who is called like a back end does not wait, or repeat requests, in its name."""
    assert Caller("backend:mail").share != Caller(None, backend=True, name="mail").share


@pytest.mark.parametrize(
    "text",
    [
        "token = 1",
        "[[token]]\nperson = 'a'",
        "[[token]]\nperson = 'a'\nsha256 = 'XY'",
        f"[[token]]\nperson = ''\nsha256 = '{'0' * 64}'",
        f"[[token]]\nperson = 1\nsha256 = '{'0' * 64}'",
        f"[[token]]\nperson = 'a'\nbackend = 'b'\nsha256 = '{'0' * 64}'",
        f"[[token]]\nperson = 'a'\nsha256 = '{'0' * 64}'\n[[token]]\nperson = 'b'\nsha256 = '{'0' * 64}'",
        "[[token]",
        "\N{LATIN SMALL LETTER E WITH ACUTE}",
    ],
)
def test_bad_files(tmp_path, text):
    """A file of tokens that is not right is refused, with its name."""
    file = tmp_path / "tokens.toml"
    file.write_text(text, encoding="latin-1")
    with pytest.raises(InvalidValue, match=r"tokens\.toml"):
        read_tokens(file)


def test_no_file(tmp_path):
    """A file that is not there is refused too."""
    with pytest.raises(InvalidValue, match="cannot be read"):
        read_tokens(tmp_path / "none")


@pytest.mark.parametrize("text", ["", "# nobody yet\n", "token = []"])
def test_a_file_of_nobody(tmp_path, not_started, text):
    """A file without an entry would lock everybody out: no server starts with it."""
    file = tmp_path / "tokens.toml"
    file.write_text(text)
    assert "tokens.toml has no entry" in not_started("--tokens", str(file))


def test_what_is_no_toml(tmp_path):
    """It is said so, with the place."""
    file = tmp_path / "tokens.toml"
    file.write_text("[[token]]\n= 1")
    with pytest.raises(InvalidValue, match=r"tokens\.toml is no TOML: .*line 2.*schedcore token"):
        read_tokens(file)


@pytest.mark.parametrize("data", [b"[[token]\n", b"\xff\x00\x01", b"people = 1\n", b"token = []\n"])
def test_a_token_is_added_to_a_file_of_tokens_alone(tmp_path, capsys, data):
    """Any other file stays as it was, and no token is printed: no server would know it."""
    file = tmp_path / "tokens.toml"
    file.write_bytes(data)
    assert 2 == run(["token", "--person", "anna", "--file", str(file)])
    told = capsys.readouterr()
    assert "" == told.out and str(file) in told.err
    assert data == file.read_bytes()


def test_a_token_is_added_to_what_is_there(tmp_path, capsys):
    """To an empty file too, and behind a last line without an end."""
    file = tmp_path / "tokens.toml"
    file.touch()
    tokens = []
    for person in ("anna", "ben"):
        assert 0 == run(["token", "--person", person, "--file", str(file)])
        tokens.append(capsys.readouterr().out.strip())
        file.write_text(file.read_text().rstrip())
    assert ["anna", "ben"] == [read_tokens(file).caller(one).principal for one in tokens]


def test_a_folder_that_is_not_there(tmp_path, capsys):
    """The message names the file and what to do, and is not Python's."""
    assert 2 == run(["token", "--person", "anna", "--file", str(tmp_path / "none" / "tokens.toml")])
    told = capsys.readouterr()
    assert "" == told.out and "[Errno" not in told.err
    assert "tokens.toml cannot be written: No such file or directory; name a file" in told.err


def test_the_file_has_no_token(tmp_path):
    """Who reads the file cannot log in with it."""
    token = new_token()
    assert token not in entry_of(token, person="anna")
    assert Tokens().callers == {}


# --- addresses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1:1", True),
        ("127.8.8.8:1", True),
        ("[::1]:1", True),
        ("localhost:1", True),
        ("unix:/tmp/x", True),
        ("0.0.0.0:1", False),
        ("[::]:1", False),
        ("10.0.0.1:1", False),
        ("example.org:1", False),
        ("[::ffff:10.0.0.1]:1", False),
    ],
)
def test_loopback(address, expected):
    """Only addresses that nobody else can reach count."""
    assert expected == is_loopback(address)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("", "HOST:PORT"),
        ("localhost", "HOST:PORT"),
        ("127.0.0.1:", "HOST:PORT"),
        (":80", "HOST:PORT"),
        ("127.0.0.1:99999", "HOST:PORT"),
        ("127.0.0.1:http", "HOST:PORT"),
        ("127.0.0.1:\N{ARABIC-INDIC DIGIT FIVE}", "HOST:PORT"),
        (f"127.0.0.1:{'9' * 5_000}", "HOST:PORT"),
        ("::1:0", "in brackets"),
        ("[::1:0", "in brackets"),
        ("[127.0.0.1]:0", "in brackets"),
        ("[]:0", "in brackets"),
        ("unix:", "a path"),
        ("unix://", "a path"),
    ],
)
def test_no_address(address, said):
    """What is no HOST:PORT, and no path, is an error that says what is wrong with it."""
    with pytest.raises(InvalidValue, match=said):
        is_loopback(address)


@pytest.fixture
def not_started(capsys, monkeypatch, tmp_path):
    """What a server says that does not start with these flags."""
    return partial(refused, capsys, monkeypatch, tmp_path)


def test_a_public_address_needs_tokens_and_tls(not_started, tmp_path):
    """Neither without anybody told apart, nor with tokens in plain text; unless something else encrypts the way."""
    assert "nothing would tell who asks" in not_started(address="0.0.0.0:0")
    tokens = tmp_path / "tokens.toml"
    tokens.write_text(entry_of(new_token(), person="anna"))
    assert "plain text" in not_started("--tokens", str(tokens), address="0.0.0.0:0")
    assert "plain text" in not_started(address="0.0.0.0:0", SCHEDCORE_TOKENS=str(tokens))
    assert Settings(address="0.0.0.0:1", tokens=tokens, insecure=True).insecure


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--workers", "0"], "workers"),
        (["--tls-names", "x"], "give JSON"),
        (["--tls-cert", "x.pem"], "go together"),
        (["--tls-client-ca", "x.pem"], "needs tls-cert"),
        (["--tokens", "/nowhere"], "cannot be read"),
        (["--tls-cert", "/nowhere", "--tls-key", "/nowhere"], "cannot be read"),
        (["--store", "mysql://x"], "mysql"),
        (["--tokens", ""], "--tokens: it is empty"),
        (["--tls-names", '{"a": "backend:b"}'], "tls-names needs tls-client-ca"),
        (["--tls-names", '{"a.example": "boss:mail"}'], "'a.example': 'boss:mail' is nobody: give person:ID"),
        (["--tls-names", '{"a": "mail"}'], "'mail' is nobody"),
        (["--tls-names", '{"a": "backend:"}'], "'a': backend='': give 1 to 512 bytes"),
        (["--tls-names", json.dumps({"a": f"person:{'x' * 513}"})], "give 1 to 512 bytes"),
        (["--tls-names", '{"": "backend:x"}'], "a name is empty"),
        (["--address", "::1:0"], "in brackets"),
    ],
)
def test_settings_that_do_not_fit(not_started, flags, said):
    """A server that cannot do what it is told does not start, and says why in one line."""
    told = not_started(*flags)
    assert said in told
    assert 1 == len(told.strip().splitlines())


@pytest.mark.parametrize(
    ("flag", "value", "said"),
    [
        ("max-message-bytes", "5", "greater than or equal to 65536"),
        ("max-message-bytes", "99999999999", "less than or equal to 2147483647"),
        ("max-waiting", "9" * 23, "less than or equal to 1000000"),
        ("max-streaming", "9" * 18, "less than or equal to 1000000"),
        ("workers", "257", "less than or equal to 256"),
        ("default-minutes", "9" * 18, "less than or equal to 525600"),
        ("keep-answers", "inf", "finite"),
        ("keep-answers", "nan", "finite"),
        ("keep-answers", "1e308", "less than or equal to 315360000"),
        ("stall", "nan", "finite"),
        ("grace", "1e20", "less than or equal to 86400"),
    ],
)
def test_numbers_beyond_their_bounds(not_started, flag, value, said):
    """The message has the setting, as it was given, and the bound."""
    assert f"--{flag}='{value}': Input should be " in (told := not_started(f"--{flag}", value)) and said in told
    name = f"SCHEDCORE_{flag.replace('-', '_').upper()}"
    assert f"{name}='{value}': Input should be " in not_started(**{name: value})


@pytest.mark.parametrize(
    "name", [name for name, told in Settings.model_fields.items() if told.annotation in (int, float)]
)
def test_every_number_has_one_bound_on_each_side(name):
    """Of two of a kind pydantic forgets one."""
    bounds = [
        type(one).__name__[0] for one in Settings.model_fields[name].metadata if not hasattr(one, "allow_inf_nan")
    ]
    assert ["G", "L"] == sorted(bounds)


def test_what_the_environment_says(not_started):
    """A mistake in it has the variable's name, and is told as that of the flag is."""
    assert "SCHEDCORE_WORKERS='abc': Input should be a valid integer" in not_started(SCHEDCORE_WORKERS="abc")
    assert "SCHEDCORE_TLS_NAMES: give JSON, such as {" in not_started(SCHEDCORE_TLS_NAMES="nonsense")
    assert "SCHEDCORE_TLS_NAMES: 'a': 'b' is nobody" in not_started(SCHEDCORE_TLS_NAMES='{"a": "b"}')
    assert "SCHEDCORE_TOKENS: it is empty" in not_started(SCHEDCORE_TOKENS="")
    told = not_started("--workers", "0", SCHEDCORE_WORKERS="abc", SCHEDCORE_MAX_WAITING="0")
    assert "--workers='0': " in told and "; SCHEDCORE_MAX_WAITING='0': " in told


def test_limits_are_settings(monkeypatch):
    """What calendars may be is set like everything else, by the same defaults; 0 takes away a bound that may go."""
    assert CalendarLimits() == Settings().calendar_limits
    monkeypatch.setenv("SCHEDCORE_MAX_EVENTS", "7")
    limits = Settings(never_ending=0).calendar_limits
    assert (7, None) == (limits.max_events, limits.never_ending)


# --- servers ---------------------------------------------------------------------------------------------------------


def made(*arguments: str) -> str:
    """What `schedcore token` prints."""
    command = [sys.executable, "-m", "schedcore.cli", "token", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(layers.SOURCES)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return done.stdout.strip()


def test_tokens(tmp_path):
    """Tokens of `schedcore token` are let in, others are not; SIGHUP reads the file again, if it is right."""
    file = tmp_path / "tokens.toml"
    anna = made("--person", "anna", "--file", str(file))
    assert 0o600 == file.stat().st_mode & 0o777
    with Server("sqlite://", "--tokens", str(file)) as server, server.channel() as channel:
        assert ask(channel, bearer(anna)).starts
        for metadata in ((), bearer("sct_wrong"), [("schedcore-principal", "anna")]):
            with refused_call(grpc.StatusCode.UNAUTHENTICATED):
                ask(channel, metadata)
        with refused_call(grpc.StatusCode.PERMISSION_DENIED):
            ask(channel, bearer(anna, "ben"))

        mail = made("--backend", "mail", "--file", str(file))
        with refused_call(grpc.StatusCode.UNAUTHENTICATED):
            ask(channel, bearer(mail))
        server.signal(signal.SIGHUP)
        assert eventually(lambda: ask(channel, bearer(mail, "ben")))
        file.write_text("[[token]")
        server.signal(signal.SIGHUP)
        assert eventually(lambda: any('"kept"' in line for line in server.errors) or None)
        assert ask(channel, bearer(anna)).starts
        file.write_text("")  # the last ones are taken away
        server.signal(signal.SIGHUP)
        assert eventually(lambda: any('"read":0' in line for line in server.errors) or None)
        with refused_call(grpc.StatusCode.UNAUTHENTICATED):
            ask(channel, bearer(anna))
    log = "".join(server.errors)
    assert anna not in log
    assert mail not in log
    assert '"principal":"anna"' in log


@pytest.mark.parametrize("heir", [None, "carla"])
def test_who_watches_is_asked_again(tmp_path, heir):
    """Whose token is taken away, or given to another, is told nothing any more; the others miss nothing."""
    url, file = stores.fresh("sqlite", tmp_path), tmp_path / "tokens.toml"
    with Store.open(url) as store, store.writing() as tx:
        for one in ("anna", "ben"):
            directory.put_person(tx, Person(one, [f"{one}@example.com"]))
        directory.put_group(tx, Group("team", ["anna", "ben"], "anna"))
    annas, bens = new_token(), new_token()
    file.write_text(entry_of(annas, person="anna") + entry_of(bens, person="ben"))
    with Server(url, "--tokens", str(file)) as server, server.channel() as channel:
        polls = poll_pb2_grpc.PollServiceStub(channel)
        options = [poll_pb2.ProposedOption(start=common.Time(date="2091-01-01"))]
        asked = poll_pb2.CreatePollRequest(options=options, voters=[poll_pb2.ProposedVoter(name="ben")])
        id = polls.CreatePoll(asked, metadata=bearer(annas)).poll.id
        told = [polls.Watch(poll_pb2.WatchRequest(), metadata=bearer(one), timeout=60) for one in (annas, bens)]
        for one in told:
            assert poll_pb2.POLL_CHANGE_NOTHING == next(one).change  # the stream stands

        file.write_text(entry_of(annas, person="anna") + (entry_of(bens, person=heir) if heir else ""))
        server.signal(signal.SIGHUP)
        assert eventually(lambda: any('"tokens","read"' in line for line in server.errors) or None)
        polls.EditPoll(poll_pb2.EditPollRequest(id=id, subject="Dinner"), metadata=bearer(annas))
        assert (poll_pb2.POLL_CHANGE_POLL, id) == ((event := next(told[0])).change, event.id)
        with refused_call(grpc.StatusCode.UNAUTHENTICATED):
            next(told[1])


def eventually(ask):
    """What a question gives at last; it is asked again for ten seconds."""
    until = time.monotonic() + 10
    while True:
        try:
            found = ask()
        except grpc.RpcError:
            found = None
        if found is not None or time.monotonic() > until:
            return found
        time.sleep(0.02)


def test_certificates(tmp_path, capsys):
    """With a CA for clients, the SAN of the client's certificate says who asks, and without one nobody gets in."""
    authority = Authority(tmp_path)
    server_key, server_cert = authority.issue("server", "DNS:localhost", "IP:127.0.0.1")
    flags = ["--tls-cert", str(server_cert), "--tls-key", str(server_key), "--tls-client-ca", str(authority.cert)]
    with Server("sqlite://", *flags, "--tls-names", '{"mail.example.org": "backend:mail"}') as server:

        def channel(*names: str) -> grpc.Channel:
            key, cert = authority.issue(names[0].replace(":", "-"), *names) if names else (None, None)
            credentials = grpc.ssl_channel_credentials(
                authority.cert.read_bytes(), key and key.read_bytes(), cert and cert.read_bytes()
            )
            return grpc.secure_channel(server.address.replace("127.0.0.1", "localhost"), credentials)

        with channel("URI:schedcore:person:anna") as anna:
            assert ask(anna).starts
            assert ask(anna, [("schedcore-principal", "anna")]).starts
            with refused_call(grpc.StatusCode.PERMISSION_DENIED):
                ask(anna, [("schedcore-principal", "ben")])
        with channel("DNS:mail.example.org") as mail:
            assert ask(mail, [("schedcore-principal", "ben")]).starts
        with channel("DNS:other.example.org") as other, refused_call(grpc.StatusCode.UNAUTHENTICATED):
            ask(other)
        doctor = ["doctor", "--address", server.address, "--ca", str(authority.cert)]
        named = str(tmp_path / "URI-schedcore-person-anna")
        assert 0 == run([*doctor, "--cert", f"{named}.pem", "--key", f"{named}.key"])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            run(doctor)
        assert 1 == ended.value.code
        assert "it does not answer: UNAVAILABLE" in capsys.readouterr().out
        with channel() as nobody, refused_call(grpc.StatusCode.UNAVAILABLE):
            ask(nobody)
        with server.channel() as plain, refused_call(grpc.StatusCode.UNAVAILABLE):
            ask(plain)


def test_renewed_certificates(tmp_path):
    """SIGHUP takes them for connections to come, the authority too; one that does not fit changes nothing."""
    old, new = Authority(folder(tmp_path / "old")), Authority(folder(tmp_path / "new"))
    (first_key, first), (second_key, second) = (old.issue(one, "DNS:localhost") for one in ("first", "second"))
    clients = {one: one.issue("client", "URI:schedcore:person:anna") for one in (old, new)}
    cert, key, ca = tmp_path / "server.pem", tmp_path / "server.key", tmp_path / "ca.pem"
    flags = ("--tls-cert", str(cert), "--tls-key", str(key), "--tls-client-ca", str(ca))

    def put(its_cert: Path, its_key: Path, authority: Authority) -> None:
        for file, content in ((cert, its_cert), (key, its_key), (ca, authority.cert)):
            file.write_bytes(content.read_bytes())

    put(first, first_key, old)
    with Server("sqlite://", *flags) as server:
        port = int(server.address.rpartition(":")[2])
        read = 0

        def shown(to: Authority) -> str:
            """What the server shows to somebody with a certificate of an authority."""
            its_key, its_cert = clients[to]
            context = ssl.create_default_context(cafile=str(old.cert))
            context.load_cert_chain(its_cert, its_key)
            context.set_alpn_protocols(["h2"])
            with context.wrap_socket(
                socket.create_connection(("127.0.0.1", port), 30), server_hostname="localhost"
            ) as one:
                return dict(name for (name,) in one.getpeercert()["subject"])["commonName"]

        def channel(of: Authority) -> grpc.Channel:
            its_key, its_cert = clients[of]
            pems = (old.cert.read_bytes(), its_key.read_bytes(), its_cert.read_bytes())
            # A connection of its own for each channel.
            own = [("grpc.use_local_subchannel_pool", 1)]
            return grpc.secure_channel(f"localhost:{port}", grpc.ssl_channel_credentials(*pems), own)

        def read_again() -> str:
            """Have the files read again; what the log says of it."""
            nonlocal read
            read += 1
            server.signal(signal.SIGHUP)
            lines = eventually(lambda: found if len(found := logged(server, "certificates")) >= read else None)
            return "kept" if "kept" in lines[-1] else lines[-1]["read"]

        with channel(old) as standing:
            health = health_pb2_grpc.HealthStub(standing).Watch(health_pb2.HealthCheckRequest(), timeout=120)
            assert health_pb2.HealthCheckResponse.SERVING == next(health).status
            put(second, first_key, old)
            assert "kept" == read_again()
            put(second, second_key, old)
            ca.write_bytes(b"\xef\xbb\xbf" + new.cert.read_bytes())  # gRPC's TLS takes no byte order mark
            assert "kept" == read_again()
            assert "first" == shown(old)
            put(second, second_key, new)
            assert str(cert) == read_again()
            assert "second" == shown(new)
            with channel(new) as one:
                assert ask(one).starts
            with channel(old) as other, refused_call(grpc.StatusCode.UNAVAILABLE):
                ask(other)
            assert ask(standing).starts
            assert health.is_active()


def folder(path: Path) -> Path:
    path.mkdir()
    return path


def logged(server: Server, event: str) -> list[dict[str, str]]:
    """What the log has of an event; what gRPC itself writes is no JSON."""
    return [found for line in server.errors if line[0] == "{" and (found := json.loads(line)).get("event") == event]


def test_certificates_that_do_not_fit(not_started, tmp_path):
    """The server does not start, and says which files they are."""
    authority = Authority(tmp_path)
    (key, cert), (other, _) = (authority.issue(one, "DNS:localhost") for one in ("first", "second"))
    locked, wrong, empty = (tmp_path / name for name in ("locked.key", "wrong.pem", "empty.pem"))
    subprocess.run(["openssl", "ec", "-in", key, "-aes256", "-passout", "pass:abcd", "-out", locked], check=True)
    wrong.write_bytes(authority.cert.read_bytes() + cert.read_bytes())
    empty.touch()
    for its_cert, its_key in ((cert, other), (cert, locked), (wrong, key), (key, cert)):
        told = not_started("--tls-cert", str(its_cert), "--tls-key", str(its_key))
        assert f"tls-cert={its_cert} and tls-key={its_key} cannot be served with" in told
    assert f"tls-cert={empty} is no PEM file" in not_started("--tls-cert", str(empty), "--tls-key", str(key))
    told = not_started("--tls-cert", str(cert), "--tls-key", str(key), "--tls-client-ca", str(key))
    assert f"tls-client-ca={key} cannot be used" in told


def test_trying_certificates_leaves_nothing_open(tmp_path):
    """However often they are renewed."""
    authority = Authority(tmp_path)
    key, cert = authority.issue("server", "DNS:localhost")
    settings = Settings(tls_cert=cert, tls_key=key, tls_client_ca=authority.cert)
    certificates = Certificates(settings)
    before = len(os.listdir("/dev/fd"))
    for _ in range(20):
        certificates.read_again()
    assert len(os.listdir("/dev/fd")) < before + 10


def test_a_hangup_while_it_ends(tmp_path):
    """SIGHUP is no end of a server that ends already: its exit code is still that of one that was told to."""
    with Server(stores.fresh("sqlite", tmp_path)) as server:
        server.signal()
        while server.process.poll() is None:
            server.signal(signal.SIGHUP)
            time.sleep(0.001)
        assert 0 == server.wait()
