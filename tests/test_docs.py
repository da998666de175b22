"""The README says what is so: its drawings, verbs, exit codes and settings are those of the code."""

from __future__ import annotations

import ast
import json
import re
import shutil
import tomllib
from collections.abc import Iterator, Sequence
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

import click
import policy_support
import pytest
from support import open_office
from test_audit_release import WHY, backup, put_back
from test_restored import on_the_website

from publisher import channels as channel_kinds
from publisher import config, errors, item
from publisher.cli import VERBS, group
from publisher.model import DELIVERY_MOVES, ITEM_MOVES
from publisher.policy import examples
from publisher.rehearsal.office import DIRECTOR

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SERVER = (ROOT / "docs" / "server.md").read_text(encoding="utf-8")


def block(opening: str) -> str:
    """The README's block that begins with ``` and `opening`."""
    (found,) = re.findall(rf"^```{re.escape(opening)}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return str(found)


def drawn(opening: str) -> dict[str, set[str]]:
    """A drawing of a life as a table: `state -> next, next`, or `state .` where nothing follows."""
    lives: dict[str, set[str]] = {}
    for line in block(opening).splitlines():
        before, _, after = line.removesuffix(" .").partition(" -> ")
        assert before not in lives, f"{before} is drawn twice"
        assert bool(after) != line.endswith(" ."), line
        lives[before] = set(after.split(", ")) if after else set()
    return lives


@pytest.mark.parametrize(
    ("opening", "moves"),
    [("text lives:item", ITEM_MOVES), ("text lives:delivery", DELIVERY_MOVES)],
    ids=["item", "delivery"],
)
def test_the_drawing_of_a_life_is_the_table_of_its_moves(
    opening: str, moves: dict[StrEnum, frozenset[StrEnum]]
) -> None:
    """Every state and every move of model.py is drawn, and nothing else."""
    assert drawn(opening) == {
        state.value: {after.value for after in following} for state, following in moves.items()
    }


def test_every_exit_code_is_explained() -> None:
    """The README's table has the codes of errors.py, each once."""
    rows = re.findall(r"^\| (\d+) \| \S.* \|$", README, re.MULTILINE)
    assert [int(code) for code in rows] == sorted(
        value for name, value in vars(errors).items() if name.startswith("EXIT_")
    )


def test_every_error_ends_with_its_code() -> None:
    """The tree at the head of errors.py shows each class of error with the code that it has."""
    shown = dict(re.findall(r"(\w+)\s+\((\d)\)", errors.__doc__ or ""))
    classes = {
        name: kind
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.PublisherError)
    }
    assert shown == {name: str(kind.exit_code) for name, kind in classes.items() if name != "PublisherError"}


def test_every_verb_is_named_and_every_named_verb_exists() -> None:
    """Whatever the README tells people to type is there, and no verb is a secret."""
    typed = set(re.findall(r"(?:^|[ /`(])publisher ([a-z]+)\b", README))
    assert typed - {"is", "and"} <= set(VERBS)
    lists = README[README.index("Everyday commands:") : README.index("Every one has `--help`")]
    assert set(re.findall(r"`([a-z]+)`", lists)) == set(VERBS)


TYPED = re.compile(
    r"`(?:sudo -u \S+ )?publisher ([^`|]+)|^[#$] (?:sudo -u \S+ )?publisher ((?:[^\n\\|#]|\\\n)+)",
    re.MULTILINE,
)
"""A command line as people are told to type it: between back-ticks, or behind a prompt; what it is piped into is another's."""
STANDS_FOR = "X"
"""In the place of what a message puts in."""


def told() -> Iterator[tuple[str, str]]:
    """Every command line that a guide, a message or a help shows, by the name of its file."""
    for file in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/*.md")):
        yield from ((file.name, "".join(one)) for one in TYPED.findall(file.read_text(encoding="utf-8")))
    for file in (*ROOT.glob("publisher/**/*.py"), *ROOT.glob("channels/*.py")):
        text = file.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if "publisher " in text else ():
            parts = node.values if isinstance(node, ast.JoinedStr) else [node]
            words = "".join(str(one.value) if isinstance(one, ast.Constant) else STANDS_FOR for one in parts)
            yield from ((file.name, "".join(one)) for one in TYPED.findall(words))


def wrong_in(words: Sequence[str]) -> list[str]:
    """What of a command line there is not: a verb, one of its own, or a flag."""
    command: click.Command = group
    flags, rest = set[str](), [word for word in words if word != "\\"]
    while isinstance(command, click.Group) and rest and re.match(r"[a-z]|--config$", rest[0]):
        if rest[0] == "--config":
            rest = rest[2:]
            continue
        inner = [command.get_command(click.Context(command), name) for name in rest[0].split("/")]
        if inner[0] is None or None in inner:
            return [rest[0]]
        command, rest = inner[0], rest[1:]
    for parameter in command.params:
        flags |= {*parameter.opts, *parameter.secondary_opts}
    given = {found[0] for word in rest if (found := re.match(r"--?[a-z][a-z-]*", word.strip("[]()")))}
    return sorted(given - flags - {"--help", "-h", "--config"})


def test_every_command_line_that_people_are_told_to_type_is_there() -> None:
    """Guides, messages and helps name verbs, verbs of a verb, and flags: whoever types what they say is not told that there is none."""
    lines = set(told())
    assert len(lines) > 300
    assert {line: wrong for line in lines if (wrong := wrong_in(line[1].split()))} == {}


def test_every_field_of_an_item_is_named() -> None:
    """The README's words on an item leave no field out that can be used (a picture by `url` cannot, yet)."""
    named = set(re.findall(r"\w+", README))
    fields = set(item.Item.model_fields) | set(item.Image.model_fields)
    assert fields - {"id", "url"} <= named


def test_the_item_in_the_readme_is_an_item(tmp_path: Path) -> None:
    """Whoever copies the example gets what it says."""
    found = item.parse(tomllib.loads(block("toml")))
    assert found.title
    assert found.images


def test_the_hook_s_message_in_the_readme_is_an_event() -> None:
    """The same for the example of a message."""
    message = json.loads(block("json"))
    assert item.parse({"kind": "event", **message["data"]}).starts_at


def test_the_repository_s_config_loads_and_shows_the_defaults() -> None:
    """Where config.toml shows a setting that has a default, it shows the default: nothing surprises who leaves it out."""
    shown = tomllib.loads((ROOT / "config.toml").read_text(encoding="utf-8"))
    loaded = config.load(ROOT / "config.toml")
    for table, defaults in (
        ("queue", config.QueueSettings()),
        ("release", config.ReleaseSettings()),
        ("daemon", config.DaemonSettings()),
    ):
        for key, value in shown[table].items():
            default = getattr(defaults, key)
            assert value == (list(default) if isinstance(default, tuple) else default), f"{table}.{key}"
    assert set(loaded.channels) == set(shown["channels"])


def test_what_config_shows_of_channels_in_comments_is_right() -> None:
    """Whoever takes the # away gets a config.toml that loads, and, where the line shows a default, the same as before."""
    text = (ROOT / "config.toml").read_text(encoding="utf-8")
    channels = text[text.index("[channels.website]") : text.index("[sources.website]")]
    bare = re.sub(r"^# (?=\w+ = )", "", channels, flags=re.MULTILINE)
    keys = r"^(consumer_key|consumer_secret|access_token|access_token_secret) = .*$"
    shown = tomllib.loads(re.sub(keys, "", bare, flags=re.MULTILINE))["channels"]
    for name, table in shown.items():
        kind = channel_kinds.settings_type(table["adapter"], field="")
        made = kind.model_validate(table)
        fields = kind.model_fields
        for key in {"version", "post_price", "callback", "poll"} & table.keys():
            assert getattr(made, key) == fields[key].default, f"{name}.{key}"
    assert {"auth", "client_id", "client_secret", "tokens", "callback", "post_price"} <= shown[
        "twitter"
    ].keys()
    assert {"version", "app_secret"} <= shown["facebook"].keys()
    assert "poll" in shown["instagram"]


def test_the_secrets_to_export_are_those_of_the_config() -> None:
    """Every variable that config.toml points to is in the README's set-up, and no other."""
    needed = set(
        re.findall(r'^[^#\n]*"env:(\w+)"', (ROOT / "config.toml").read_text(encoding="utf-8"), re.MULTILINE)
    )
    exported = {
        name
        for line in re.findall(r"^\$ export (.*)$", README, re.MULTILINE)
        for name in re.findall(r"(\w+)=", line)
    }
    assert exported == needed


def test_an_error_is_one_line_with_its_way_out() -> None:
    """What is quoted from input cannot break the line, move a terminal's cursor, turn it round, or flood it."""
    error = errors.InputError("bad \x1b[2J\r\n\u202e\ud800" + "x" * 5_000, field="a\nb", way_out="Mend it.")
    line = str(error)
    assert line.isprintable()
    assert line.startswith("a b: bad \\u001b[2J")
    assert line.endswith("… Mend it.")
    assert str(errors.Refused("no", way_out="Ask.")) == "no. Ask."
    assert str(errors.Refused("No.", way_out="Ask.")) == "No. Ask."
    assert str(errors.Refused("no")) == "no"


def test_the_rules_that_the_guide_shows_work(tmp_path: Path) -> None:
    """What docs/rules.md shows can be copied into a council's folder as it stands, and its examples hold."""
    guide = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    shown = [block for block in re.findall(r"```toml\n(.*?)```", guide, re.DOTALL) if "[policy]" not in block]
    the_gate = policy_support.gate(tmp_path, "\n".join(shown))
    assert {"borough-2027", "eventbrite.co.uk"} <= {
        *(election.id for election in the_gate.book.registers.elections),
        *(site.host for site in the_gate.book.registers.sites),
    }
    assert list(examples.failures(the_gate, policy_support.DOMAIN)) == []


def test_the_unit_that_the_guide_shows_lets_officers_in() -> None:
    """Systemd puts a RuntimeDirectory's group back before each command, and reads a comment behind a value as more of it."""
    (unit,) = re.findall(r"```ini\n(.*?)```", SERVER, re.DOTALL)
    lines = [line for line in unit.splitlines() if line and line[0] not in "[#"]
    settings = dict(line.split("=", 1) for line in lines)
    (socket,) = re.findall(r'^socket = "(.*)"', SERVER, re.MULTILINE)
    folder = Path(socket).parent
    assert len(settings) == len(lines)
    assert [line for line in lines if "#" in line] == []
    assert "RuntimeDirectory" not in settings
    assert (
        settings["ExecStartPre"]
        == f"+/usr/bin/install -d -o publisher -g publisher-officers -m 2750 {folder}"
    )
    assert settings["ReadWritePaths"].split() == ["/srv/publisher/queue", f"-{folder}"]
    assert settings["PrivateTmp"] == settings["NoNewPrivileges"] == "true"


def test_a_page_that_no_item_owns_is_taken_out_as_the_guide_says(tmp_path: Path) -> None:
    """Its entry, its folder and the prepared copy go: it does not come back with the next release, and its address is free."""
    for named in ('select(.path != "news/pool-news/")', "rm -rf current/news/pool-news releases/.next-*"):
        assert named in SERVER
    with open_office(tmp_path / "office") as office:
        copy = backup(office)
        office.release(on_the_website(office, "Pool news"))
        app = office.app = put_back(office, copy)
        app.accepting.accept(officer=DIRECTOR, reason=WHY)
        soon = (office.clock() + timedelta(minutes=5)).isoformat()
        other = office.hand_in(office.news(title="Park news", channels=["website"], publish_at=soon)).id
        same = on_the_website(office, "Pool news")
        office.release(other)  # before its moment: what is prepared holds the page
        site = office.folder / "site"
        assert [*site.glob("releases/.next-*/news/pool-news")] != []
        shelf = json.loads((site / "current" / "items.json").read_text(encoding="utf-8"))
        shelf["items"] = [one for one in shelf["items"] if one["path"] != "news/pool-news/"]
        (site / "current" / "items.json").unlink()
        (site / "current" / "items.json").write_text(json.dumps(shelf), encoding="utf-8")
        for place in (site / "current" / "news" / "pool-news", *site.glob("releases/.next-*")):
            shutil.rmtree(place)
        office.clock.forward(minutes=6)
        office.release(other)
        assert [page.name for page in (site / "current" / "news").iterdir()] == ["park-news"]
        assert office.release(same)["website"].state == "sent"
