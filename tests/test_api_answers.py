"""What the API answers is what its description says: each answer of a real server against the schema that it serves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from api_support import Council, open_council
from cli_support import APPROVER, AUTHOR, DIRECTOR, soon

from publisher.answer_shapes import SHAPES
from publisher.office import PARTS, part_class
from publisher.office.operations import operations

OPERATIONS = {
    f"{name}.{called}": operation
    for name in PARTS
    for called, operation in operations(part_class(name)).items()
}
_TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}
_FORMATS = {"date": date.fromisoformat, "date-time": datetime.fromisoformat}


def untrue(value: Any, schema: dict[str, Any], schemas: dict[str, Any], at: str = "") -> Iterator[str]:
    """Where `value` is not what the JSON schema says; a key of which it says nothing is a fault, too."""
    if "$ref" in schema:
        yield from untrue(value, schemas[schema["$ref"].rpartition("/")[2]], schemas, at)
    elif "anyOf" in schema:
        found = [list(untrue(value, one, schemas, at)) for one in schema["anyOf"]]
        yield from [] if [] in found else min(found, key=len)
    elif "type" in schema and not _TYPES[schema["type"]](value):
        yield f"{at}: {value!r} is no {schema['type']}"
    elif "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is none of {schema['enum']}"
    else:
        yield from _untrue_within(value, schema, schemas, at)


def _untrue_within(value: Any, schema: dict[str, Any], schemas: dict[str, Any], at: str) -> Iterator[str]:
    if schema.get("format") in _FORMATS:
        _FORMATS[schema["format"]](value)
    if isinstance(value, list):
        for number, one in enumerate(value):
            yield from untrue(one, schema.get("items", {}), schemas, f"{at}[{number}]")
    if isinstance(value, dict):
        known, others = (
            schema.get("properties", {}),
            schema.get("additionalProperties", not schema.get("properties")),
        )
        yield from (f"{at}.{name}: lacking" for name in schema.get("required", ()) if name not in value)
        for name, one in value.items():
            if name not in known and others is False:
                yield f"{at}.{name}: not described"
            yield from untrue(
                one, known.get(name, others if isinstance(others, dict) else {}), schemas, f"{at}.{name}"
            )


class Asking:
    """Asks a council's API by the names of operations, and holds each answer against the description."""

    def __init__(self, council: Council) -> None:
        self.council, self.seen = council, set[str]()
        self.described = council.ask("GET", "/api/openapi.json", under="").json

    def __call__(self, name: str, *path: str, by: str = AUTHOR, body: Any = None, query: str = "") -> Any:
        """The answer to an operation, which must be a yes, and what the description says."""
        operation, given = OPERATIONS[name], iter(path)
        parts = (
            quote(next(given), safe="") if part.startswith("{") else part
            for part in operation.path.split("/")
        )
        answer = self.council.ask(
            operation.method, "/".join(parts) + query, body, token=self.council.token(by)
        )
        assert answer.status == 200, (name, answer.json)
        self.hold(name, answer.json)
        return answer.json

    def hold(self, name: str, answer: Any) -> None:
        """The answer is what the description says of that operation's."""
        operation = OPERATIONS[name]
        told = self.described["paths"][f"/api/v1{operation.path}"][operation.method.lower()]
        schema = told["responses"]["200"]["content"]["application/json"]["schema"]
        faults = list(untrue(answer, schema, self.described["components"]["schemas"]))
        assert not faults, (name, faults)
        self.seen.add(name)


@pytest.fixture(scope="module")
def council(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Council]:
    """One council for all of them."""
    with open_council(tmp_path_factory.mktemp("answers") / "council") as council:
        yield council


@pytest.fixture
def ask(council: Council) -> Asking:
    """Who asks it."""
    return Asking(council)


def news(title: str, **more: Any) -> dict[str, Any]:
    """An item as JSON, in an hour."""
    return {"kind": "news", "title": title, "summary": "Until 8pm on Thursdays.", "publish_at": soon()} | more


def test_items_are_described(ask: Asking, council: Council) -> None:
    """Items handed in, tried, listed, shown and decided."""
    made = ask("items.hand_in", body={"item": news("Library opens late", external_id="cms-1")})
    ask("items.hand_in", body={"item": news("Library opens early"), "dry_run": True})
    ask("items.known", body={"external_ids": ["cms-1", "cms-2"]})
    ask("items.reschedule", made["id"], body={})
    ask("items.withdraw", made["id"], body={"reason": "Written twice"})
    held = council.bench.held()["id"]
    ask("items.show", held)
    ask("items.approve", held, by=APPROVER, body={"reason": "The parents agreed"})
    other = council.bench.held()["id"]
    ask("items.refuse", other, by=APPROVER, body={"reason": "Nobody asked them"})
    ask("items.list", query="?everything=true")
    ask("items.show", made["id"])
    ask("items.show", held)
    ask("checking.check", body={"item": news("Library opens late")})
    ask("audit.bundle", made["id"])
    ask("retention.erase", made["id"], by=DIRECTOR, body={"reason": "It named a child"})
    assert ask("items.show", made["id"])["erased_at"]
    ask("items.list", query="?everything=true")
    ask("emergencies.list")


def test_officers_and_the_policy_are_described(ask: Asking) -> None:
    """The register and the editions of the policy."""
    line = {
        "policy_read_on": "2026-01-05", "aup_signed_on": "2026-01-05", "aup_reference": "AUP/1",
        "approved_on": "2026-01-06", "approval_reference": "D/1", "roles": ["officer"],
    }  # fmt: skip
    ask("officers.add", by=DIRECTOR, body={"login": "newone", "name": "Nia Owens", **line})
    ask("officers.amend", "newone", by=DIRECTOR, body={"channels": ["facebook"]})
    ask("officers.suspend", "newone", by=DIRECTOR, body={"dry_run": True})
    ask("officers.suspend", "newone", by=DIRECTOR, body={"reason": "Left"})
    ask("officers.show", "newone")
    ask("officers.reinstate", "newone", by=DIRECTOR)
    ask("officers.list")
    edition = {"edition": "2027", "in_force_from": "2027-01-01", "reference": "C/9"}
    ask("officers.adopt", by=DIRECTOR, body={**edition, "dry_run": True})
    ask("officers.adopt", by=DIRECTOR, body=edition)
    ask("officers.editions")
    slip = {"edition": edition["edition"], "reason": "A slip"}
    ask("officers.withdraw_edition", by=DIRECTOR, body={**slip, "dry_run": True})
    ask("officers.confirm_policy", body={"reference": "R/1"})
    ask("officers.withdraw_edition", by=DIRECTOR, body=slip)


def test_tokens_are_described(ask: Asking, council: Council) -> None:
    """Tokens made, exchanged, listed and revoked."""
    ask("tokens.caller")
    issued = ask("tokens.issue", by=DIRECTOR, body={"login": AUTHOR})
    enrolled = council.ask("POST", "/tokens/enrol", {"scopes": ["read"]}, token=issued["token"])
    ask.hold("tokens.enrol", enrolled.json)
    ask("tokens.list")
    ask("tokens.revoke", enrolled.json["id"])
    council.here(AUTHOR)
    ask.hold("tokens.new", council.ask("POST", "/tokens", {"label": "laptop"}, at_socket=True).json)


def test_the_record_is_described(ask: Asking) -> None:
    """The log, the events, and how they are proved."""
    ask("audit.checkpoint", by=DIRECTOR)
    assert ask("audit.log")["events"]
    assert ask("audit.log", by=DIRECTOR)["events"]
    ask("audit.log", query="?item=nothing")
    assert ask("audit.events", by=DIRECTOR, query="?limit=3")["next"]
    ask("audit.record")
    ask("audit.key")
    ask("audit.verify", body={})


def test_papers_are_described(ask: Asking, council: Council) -> None:
    """Consents, accounts, concerns, terms, holds, costs, and the council itself."""
    ask("consents.add", body={"reference": "FORM/1"})
    ask("consents.list")
    ask("consents.withdraw", "FORM/1")
    case = {"service": "leisure", "channel": "leisure-facebook", "address": "https://www.facebook.com/leisure", "case": "Pools."}  # fmt: skip
    for number, decision in enumerate(("approve", "decline")):
        ask("accounts.propose", body={**case, "reference": f"BC-{number}"})
        ask(f"accounts.{decision}", f"BC-{number}", by=DIRECTOR, body={"reason": "So decided"})
    ask("accounts.close", "BC-0", by=DIRECTOR, body={"reason": "Over"})
    ask("accounts.propose", body={**case, "reference": "BC-2"})
    ask("accounts.withdraw", "BC-2", body={"reason": "Not needed"})
    ask("accounts.list")
    ask("accounts.show", "BC-0")
    told = ask("concerns.tell", body={"person": APPROVER, "text": "They were rude.", "to": DIRECTOR})
    ask("concerns.show", told["id"])
    ask("concerns.list")
    ask("concerns.close", told["id"], by=DIRECTOR, body={"outcome": "Spoken with."})
    later = (council.app.today + timedelta(days=100)).isoformat()
    item = ask("items.hand_in", body={"item": news("Market moves")})["id"]
    about = {"item": item, "text": "It names a child.", "to": DIRECTOR}
    assert ask("concerns.tell", body={**about, "hold": True})["held"]
    other = ask("concerns.tell", body=about)
    ask("concerns.hold", other["id"], by=DIRECTOR)
    ask("concerns.withdraw", other["id"], by=DIRECTOR, body={"reason": "It named a child"})
    ask("terms.read", "facebook", body={"address": "https://www.facebook.com/terms", "review_on": later})
    ask("terms.list")
    ask("risks.list")
    ask("retention.hold", by=DIRECTOR, body={"reference": "FOI/1", "everything": True, "reason": "Asked for"})
    ask("retention.lift", by=DIRECTOR, body={"reference": "FOI/1", "reason": "Answered"})
    ask("retention.holds")
    ask("retention.apply", by=DIRECTOR)
    ask("costs.spent")
    ask("council.about")


def test_every_shape_is_of_an_operation(ask: Asking) -> None:
    """A shape whose operation is gone describes nothing; an operation without one says so."""
    assert set(SHAPES) <= set(OPERATIONS)
    for name, operation in OPERATIONS.items():
        told = ask.described["paths"][f"/api/v1{operation.path}"][operation.method.lower()]
        words = told["responses"]["200"]["description"]
        assert ("not described" in words) == (name not in SHAPES), name
