"""`review`: emergencies are looked at afterwards, by somebody who neither wrote nor let them go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from publisher.cli import _output
from publisher.cli._common import Call, examples, verb
from publisher.errors import InputError

if TYPE_CHECKING:
    from publisher.office import Office


@click.command(
    "review",
    epilog=examples(
        "publisher review", 'publisher review k3md8s2p --reason "Right to warn at once; the map was wrong"'
    ),
)
@click.argument("item_id", metavar="[ID]", required=False)
@click.option("--reason", metavar="TEXT", help="What you found, for the record.")
@verb(acts=True)
def review_verb(call: Call, item_id: str | None, reason: str | None) -> None:
    """Look at an emergency afterwards: without ID, those that wait for it.

    It is done by a director, the monitoring officer or an approver, who neither wrote the item nor let it go.
    """
    if bool(item_id) != bool(reason):
        raise InputError(
            "ID and --reason belong together", field="--reason", way_out="Give both, or neither to list."
        )
    with call.office() as office:
        if not item_id or not reason:
            _list(call, office)
            return
        from publisher.cli.deciding import concerns_passed
        from publisher.office.emergencies import Review

        done = office.emergencies.review(item_id, Review(reason=reason))
        if call.as_json:
            _output.as_json(done)
        else:
            _output.say(f"{item_id} was looked at.")
            for line in concerns_passed(done):
                _output.say(_output.wrapped(line))


def _list(call: Call, office: Office) -> None:
    found = office.emergencies.list()
    if call.as_json:
        _output.as_json(found)
        return
    zone_name = office.council.about()["timezone"]
    for one in found["emergencies"]:
        _output.say(f"{one['id']}  {_output.moment(one['went_at'], zone_name)}  {one['title']}")
        people = f"by {one['author']}, let go by {', '.join(one['approvers'])}"
        _output.say(_output.wrapped(f"{people}: {one['emergency']}", " " * 10))
    if not found["emergencies"]:
        _output.say("No emergency waits to be looked at.")
