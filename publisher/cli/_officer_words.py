"""What is said of an officer: their entry, whether they may post, what a suspension reaches."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from publisher.cli import _output

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

COLUMNS = (
    "login", "name", "roles", "channels", "policy_read_on", "policy_edition", "policy_reference", "aup_signed_on",
    "aup_reference", "approved_on", "approval_reference", "expires_on", "trained_on", "training_reference", "manager",
    "suspended_at", "added_by", "added_at", "lacks", "soon",
)  # fmt: skip
"""The columns of the register as a spreadsheet has it."""
_SHOWN_OUT = 10
"""Items that are out already, of which the last so many are named: an officer of years has hundreds."""


def as_spreadsheet(rows: Sequence[Mapping[str, Any]]) -> None:
    """The register as CSV."""
    from publisher.cli._spreadsheet import as_csv

    as_csv(COLUMNS, [{**row, "channels": row["channels"] or "all"} for row in rows])


def say_table(rows: Sequence[Mapping[str, Any]]) -> None:
    """The register, each entry with what is missing or about to lapse below it."""
    head = ("LOGIN", "NAME", "ROLES", "CHANNELS")
    lines = [
        (row["login"], row["name"], ", ".join(row["roles"]), ", ".join(row["channels"] or ["all"]))
        for row in rows
    ]
    widths = [max(len(line[column]) for line in (head, *lines)) for column in range(len(head) - 1)]
    _output.say(_output.table([head], widths, None))
    for row, line in zip(rows, lines, strict=True):
        _output.say(_output.table([line], widths, None))
        if row["lacks"]:
            told = f"{row['login']} cannot {_acts(row['roles'])}: {'; '.join(row['lacks'])}{confirming(row)}"
            _output.say(_output.wrapped(told, "    "))
        for words in row["soon"]:
            _output.say(_output.wrapped(f"soon: {row['login']} {words}", "    "))


def standing(found: Mapping[str, Any]) -> str:
    """Whether they may post or approve, by the register's own word; if not, everything that is missing."""
    roles, lacks = found["roles"], found["lacks"]
    acts = _acts(roles)
    if lacks:
        also = "; has not the role of officer" if "approver" in roles and "officer" not in roles else ""
        how = f"can {acts} no longer" if "no designation after" in "".join(lacks) else f"cannot {acts} yet"
        return f"They {how}: {found['login']} {'; '.join(lacks)}{also} (clauses 5a, 5c){confirming(found)}."
    if acts == _ACT:
        return f"They post and approve nothing as {' and '.join(roles)}: they are on the register for concerns (clause 4)."
    if "officer" in roles:
        return "They can post from now on."
    if not {"approver", "director"} & set(roles):
        return "From now on they can let go what a rule leaves to the monitoring officer; only an approver or a director approves the rest."
    return f"They can approve from now on, as {' and '.join(roles)}; only an officer posts."


_ACT = "act"
"""What the roles of clause 4 do, in which nobody posts or approves."""


def _acts(roles: Sequence[str]) -> str:
    """What is done in these roles, as far as clause 5c asks for papers: `post or approve`."""
    done = {
        "post": "officer" in roles,
        "approve": bool({"approver", "director", "monitoring officer"} & set(roles)),
    }
    return " or ".join(word for word, holds in done.items() if holds) or _ACT


def confirming(found: Mapping[str, Any]) -> str:
    """What they do themselves, where nothing else is missing but that they have read the policy."""
    if not found["only_to_confirm"]:
        return ""
    return f"; {found['login']} reads it, and confirms that with `publisher officer confirm-policy`"


def entering(login: str, edition: str) -> str:
    """The command with which a director enters that somebody read an edition; without its name, the one in force that day."""
    return f"`publisher officer amend {login} --policy-read DATE{f' --edition {shlex.quote(edition)}' if edition else ''}`"


def another_edition(found: Mapping[str, Any], given: Mapping[str, Any], in_force: str | None) -> str:
    """That a day was taken for the edition in force on it, where another is to be read; empty where that is not so."""
    read_on, named = given.get("policy_read_on"), given.get("policy_edition")
    is_unread = any("of the policy, in force" in why for why in found["lacks"])
    if not read_on or named or not in_force or not is_unread:
        return ""
    counted = (
        f"the edition in force that day, {found['policy_edition']}"
        if found["policy_edition"]
        else "no edition: none was in force"
    )
    named = f"if it was edition {in_force}, add `--edition {shlex.quote(in_force)}`."
    return f"A reading of {_output.in_words(read_on)} counts for {counted}; {named}"


def lines(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What the entry says, name by name."""
    yield "Roles", ", ".join(found["roles"])
    yield "Channels", ", ".join(found["channels"] or ["all"])
    edition = f", edition {found['policy_edition']}" if found["policy_edition"] else ""
    done = (
        ("Policy read", found["policy_read_on"], edition, found["policy_reference"]),
        ("Acceptable Use Policy signed", found["aup_signed_on"], "", found["aup_reference"]),
        ("Approved in writing", found["approved_on"], "", found["approval_reference"]),
        ("Trained", found["trained_on"], "", found["training_reference"]),
    )
    for words, when, more, reference in done:
        if when:
            yield words, f"{_output.in_words(when)}{more}{f' ({reference})' if reference else ''}"
    if found["expires_on"]:
        yield "Designated until", _output.in_words(found["expires_on"])
    if found["manager"]:
        yield "Line manager", found["manager"]


def why(event: Mapping[str, Any]) -> str:
    """Why it was done, where that may be read, or what was changed."""
    detail = event["detail"]
    if detail.get("reason"):
        return f": {detail['reason']}"
    changed = detail.get("changed", {})
    named = [name.removesuffix("_on").replace("_", " ") for name in changed if name != "suspended_at"]
    return f": {', '.join(named)}" if named else ""


def reached(found: Mapping[str, Any], held: str) -> Iterator[str]:
    """What a suspension reaches, each with what is to be done about it."""
    out = found["out"]
    for words, rows in (
        (held, found["held"]),
        ("Waits for a person, and does not go by itself", found["waiting"]),
        ("Just going out: what is left of it is stopped, look at it", found["releasing"]),
        ("Out already, and stays out unless you withdraw it", out[-_SHOWN_OUT:]),
    ):
        if rows:
            yield f"{words}:"
            yield from (_output.wrapped(f"{row['id']}  {row['title']}", "    ", first="  ") for row in rows)
    if len(out) > _SHOWN_OUT:
        yield f"  and {len(out) - _SHOWN_OUT} before them, see `publisher list --all`"
    if found["held"]:
        yield _output.wrapped(
            "What they approved, another approves: `publisher preview ID`, then `publisher approve ID --reason TEXT`. "
            "What they wrote goes under no suspended name: another officer hands it in, and "
            "`publisher withdraw ID --reason TEXT` clears it away."
        )


def left_behind(found: Mapping[str, Any], *, is_done: bool) -> Iterator[str]:
    """What of a leaver's is left to others: those below them, and what they know by heart."""
    if leads := found["leads"]:
        is_suspended = "is suspended now" if is_done else "would be suspended"
        named = f"`publisher officer amend {leads[0]} --manager LOGIN`"
        yield f"The line manager of {', '.join(leads)} {is_suspended}. Name another for each: {named}."
    yield (
        f"Passwords and keys that {found['login']} knew want changing: of the platforms' accounts, of this server, "
        "and the secrets that config.toml names."
    )


def held_at_its_moment(rows: Sequence[Mapping[str, Any]], heading: str) -> Iterator[str]:
    """What is on its way, and will be held: each with whom it is of."""
    if rows:
        yield _output.wrapped(f"{heading}:")
    for row in rows:
        yield _output.wrapped(
            f"{row['id']}  {row['title']} ({', '.join(row['officers'])})", "    ", first="  "
        )
