"""Every place that the product ever speaks to, as one list; and that no module has a door that is not on it."""

import ast
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path

from channels_support import ACCOUNT_ID, PAGE_ID, TABLES, USER_ID, load
from test_layout import imports, sources, tree, within

from publisher import channels

pytest_plugins = ["channels_fixtures"]

ABLE = (
    "_socket", "_ssl", "aiohttp", "asyncio", "asyncore", "cffi", "ctypes", "curl_cffi", "ftplib", "http.client", "http.server", "httpx", "imaplib",
    "multiprocessing", "nntplib", "poplib", "pycurl", "requests", "requests_oauthlib", "smtplib", "socket", "socketserver", "ssl", "subprocess",
    "telnetlib", "urllib.request", "urllib3", "webbrowser", "websockets", "wsgiref", "xmlrpc",
)  # fmt: skip
"""What can open a connection, or start a program that can."""
CLIENTS: Mapping[str, str] = {
    "channels/_graph.py": "facebook",
    "channels/_instagrapi_client.py": "instagrapi",
    "channels/twitter.py": "tweepy",
    "channels/_x_auth.py": "tweepy",
}
"""Whoever imports a platform's library: to give it the guarded session, or to name its errors."""
ASKS, ANSWERS, SPEAKS_OF = "asks", "answers", "speaks of it"
DOORS: Mapping[str, tuple[str, str]] = {
    "publisher/wire.py": (ASKS, "the guarded session: adapters, and the look at a page"),
    "publisher/connections.py": (ASKS, "the guarded session's connections, with an end to their patience"),
    "publisher/remote.py": (
        ASKS,
        "the command line asks the council's own server, or the daemon's Unix socket",
    ),
    "publisher/doctor/asking.py": (
        ASKS,
        "the doctor asks the daemon, and the council's own server, how they are",
    ),
    "publisher/wake.py": (ASKS, "one datagram on loopback: look at the queue"),
    "publisher/unix_socket.py": (ANSWERS, "the daemon's Unix socket"),
    "publisher/serve.py": (ANSWERS, "the daemon's port"),
    "publisher/api.py": (ANSWERS, "waits for what is asked of it"),
    "publisher/hook.py": (ANSWERS, "waits for what is sent to it"),
    "publisher/advice.py": (SPEAKS_OF, "tells what a certificate's failure means"),
    "publisher/rehearsal/*": (ASKS, "the rehearsal: platforms, website and stranger on loopback alone"),
}
"""Every module that can open a connection, and why."""
BESIDES: tuple[tuple[str, str, str], ...] = (
    ("the page look", "read", "`GET` the item's page, at its link; on this machine alone by plain http"),
    ("the page look", "read", "`GET` the page's picture (og:image), beside the page or on `[council] domains`"),
    ("`publisher` elsewhere", "the office's work", "`[client] server` + `/api/v1/…`, by https"),
    ("`publisher` on the server", "the office's work", "`/api/v1/…` over the daemon's Unix socket"),
    ("`publisher doctor`", "read", "`GET` `/healthz`, `/readyz` and `/api/v1/…` of the daemon and of `[client] server`"),
    ("whoever changes the queue", "wake the daemon", "one datagram to 127.0.0.1"),
    ("`publisher demo`, `rehearse`", "rehearse", "127.0.0.1 alone"),
)  # fmt: skip
"""What speaks to somebody and is no adapter."""
NAMES = {PAGE_ID: "{page}", USER_ID: "{user}", ACCOUNT_ID: "{user}"}


def declared(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Every call of every adapter that there is, at its platform's own address."""
    for name in channels.names():
        endpoint = str(channels.settings_type(name, field="x").model_fields["endpoint"].get_default())
        calls = getattr(load(name, folder, endpoint), "calls", ()) if name != "site" else ()
        for call in calls:
            yield name, call.phase.value, f"`{call.method} {endpoint}{plain(call.path)}`"


def plain(pattern: str) -> str:
    """A path as people read it: `/v26.0/{page}/feed`."""
    parts, rest = "", pattern.replace("\\", "")
    while rest:
        before, found, after = rest.partition("(?P<")
        parts += before
        if found:
            name, _, after = after.partition(">")
            parts += f"{{{name}}}"
            depth, cut = 1, 0
            while depth:
                depth += {"(": 1, ")": -1}.get(after[cut], 0)
                cut += 1
            after = after[cut:]
        rest = after
    for number, name in NAMES.items():
        parts = parts.replace(number, name)
    return re.sub(r"\[0-9\](\+|\{[0-9,]+\})", "{number}", parts)


def table(folder: Path) -> str:
    """The README's list of all outbound calls."""
    rows = dict.fromkeys((*declared(folder), *BESIDES))
    return "\n".join(
        [
            "| who | for | what, and where to |",
            "|---|---|---|",
            *(f"| {' | '.join(row)} |" for row in rows),
        ]
    )


def test_every_adapter_speaks_to_its_own_platform_alone(tmp_path: Path, tokens: dict[str, str]) -> None:
    """One host for each adapter, by https, and nothing to be found on it but what is declared; the website speaks to nobody."""
    hosts: dict[str, set[str]] = {}
    for name, _, call in declared(tmp_path):
        hosts.setdefault(name, set()).add("/".join(call.partition(" ")[2].split("/")[:3]))
    assert hosts == {
        "facebook": {"https://graph.facebook.com"},
        "instagram": {"https://graph.facebook.com"},
        "instagrapi": {"https://i.instagram.com"},
        "twitter": {"https://api.x.com"},
    }
    assert set(channels.names()) == set(TABLES) == set(hosts) | {"site"}


def test_every_door_is_known() -> None:
    """A module that imports what can open a connection is on the list above, with the reason; what left the list is gone."""
    able = {
        file.as_posix()
        for file in sources()
        if any(within(name, library) for name in imports(file) for library in ABLE)
    }
    assert {file for file in able if not any(fnmatch(file, door) for door in DOORS)} == set()
    assert {door for door in DOORS if not any(fnmatch(file, door) for file in able)} == set()


def test_no_adapter_has_a_door() -> None:
    """An adapter imports its library, and nothing by which it could speak past the session; nobody else imports a library."""
    for file in sources():
        found = {name.partition(".")[0] for name in imports(file)}
        used = found & {"tweepy", "facebook", "instagrapi"}
        assert used <= {CLIENTS.get(file.as_posix())}, file
        if file.parts[0] == "channels":
            assert [name for name in imports(file) for library in ABLE if within(name, library)] == [], file


HIDDEN = frozenset(
    {
        "__import__",
        "eval",
        "exec",
        "execvp",
        "fork",
        "from_pretrained",
        "popen",
        "posix_spawn",
        "spawnv",
        "startfile",
        "system",
    }
)
"""By these a module could do it without importing it: another interpreter or shell, a model fetched by name."""
BY_NAME: Mapping[str, str] = {
    "publisher/channels.py": "publisher.channels.",
    "publisher/cli/__init__.py": "publisher.cli.",
    "publisher/office/__init__.py": "publisher.office.",
}
"""Who imports by a name that is made up as it goes: of our own modules alone."""


def test_no_module_has_a_hidden_door() -> None:
    """Nothing is imported by a made-up name but our own modules, and no other program is started by a shell."""
    calls = (
        (file, node) for file in sources() for node in ast.walk(tree(file)) if isinstance(node, ast.Call)
    )
    for file, node in calls:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        assert name not in HIDDEN, f"{file}:{node.lineno} {name}"
        if name == "import_module":
            assert BY_NAME[file.as_posix()] in ast.unparse(node), f"{file}:{node.lineno}"


def test_what_is_asked_is_told() -> None:
    """Whoever asks somebody, and is no adapter, has a row in the list that people read."""
    told = " ".join(f"{who} {what}" for who, _, what in BESIDES)
    words = {
        "publisher/wire.py": "the page look", "publisher/connections.py": "the page look", "publisher/remote.py": "[client] server",
        "publisher/doctor/asking.py": "publisher doctor", "publisher/wake.py": "datagram", "publisher/rehearsal/*": "demo",
    }  # fmt: skip
    assert words.keys() == {door for door, (kind, _) in DOORS.items() if kind == ASKS}
    assert [word for word in words.values() if word not in told] == []
