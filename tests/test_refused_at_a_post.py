"""A platform that takes the credentials no more when a post is prepared or sent: everybody who looks learns it at once."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from support import Office, open_office

from publisher.channel_health import notices
from publisher.doctor.channels import channels
from publisher.health import Standing
from publisher.model import Judgement, Outcome
from publisher.rehearsal.faults import Fault
from publisher.rehearsal.office import OFFICER

DEAD = Fault.refuse(
    401, {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}
)
ME = "^/2/users/me$"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A council whose channels were found to be well."""
    with open_office(tmp_path / "office", changes={"release": {"stage_wait": 1, "back_off": 1}}) as made:
        made.app.proofs.daily()
        yield made


def refused_while_sent(office: Office) -> str:
    """An item whose post X refused with 401."""
    item = office.hand_in(office.news()).id
    office.platforms.x.fail_next("POST", "^/2/tweets$", DEAD, 1)
    assert office.release(item)["twitter"].state == "refused"
    return item


def standing(office: Office) -> tuple[str, str]:
    (row,) = (row for row in office.app.channel_health.rows() if row["channel"] == "twitter")
    return row["standing"], " ".join(one["cause"] for one in row["troubles"])


def of_x(office: Office) -> list[str]:
    return [line for line in office.app.channel_health.metrics() if "well" in line and "twitter" in line]


def test_a_refusal_while_it_is_sent_counts_as_a_look(office: Office) -> None:
    """This morning's proof is worth nothing then: the list, what is shown above others, and the monitor say so at once."""
    assert (standing(office), of_x(office)[0][-1]) == (("good", ""), "1")
    refused_while_sent(office)
    assert standing(office) == ("wrong", "refused")
    assert of_x(office)[0].endswith(" 0")
    assert any(line.startswith("twitter: ") for line in notices(office.app.channel_health.rows()))
    assert not office.app.proofs.is_proved("twitter", office.clock())


def test_a_refusal_while_it_is_prepared_counts_too(office: Office) -> None:
    """Days before the moment, where a picture cannot be uploaded: there is time to mend it."""
    moment = (office.clock() + timedelta(minutes=5)).isoformat()
    images = [{"path": "library.jpg", "alt": "The library"}]
    item = office.hand_in(office.news(images=images, publish_at=moment)).id
    office.platforms.x.fail_next("POST", "^/2/media/upload$", DEAD, 1)
    assert office.release(item)["twitter"].state == "refused"
    assert standing(office) == ("wrong", "refused")


def test_the_next_proof_that_succeeds_clears_it(office: Office) -> None:
    """New credentials, or a mistake of the platform's: it is asked at the next round, and goes on by itself."""
    refused_while_sent(office)
    office.app.proofs.daily()
    assert standing(office) == ("good", "")
    assert office.app.proofs.is_proved("twitter", office.clock())


def test_the_doctor_says_it_although_it_may_be_over(office: Office) -> None:
    """Its own question changes nothing: what the daemon was told stands until that has asked, and both is said."""
    refused_while_sent(office)
    check = next(one for one in channels(office.app) if one.name == "channel twitter")
    assert (check.standing, "the refusal may be over" in check.words) == (Standing.WRONG, True)
    assert "`publisher channel check twitter`" in check.way_out
    office.app.proofs.look("twitter", OFFICER)
    assert (
        next(one for one in channels(office.app) if one.name == "channel twitter").standing is Standing.GOOD
    )


@pytest.mark.parametrize("outcome", [one for one in Outcome if one is not Outcome.RECONNECT])
def test_any_other_answer_says_nothing_of_the_credentials(outcome: Outcome, office: Office) -> None:
    """A wrong picture, a limit, a silence: the account stays proved."""
    office.app.proofs.refused("twitter", Judgement(outcome, "No.", "no"), office.clock())
    assert standing(office) == ("good", "")
    assert office.app.proofs.is_proved("twitter", office.clock())


def test_what_begins_and_what_is_over_is_a_line_in_the_log(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    """By a post, by a person's question and by the daily one: each once, and never again while it holds."""
    caplog.set_level(logging.INFO, "publisher.proofs")

    def told() -> list[tuple[int, str]]:
        found = [(one.levelno, one.getMessage()) for one in caplog.records if one.name == "publisher.proofs"]
        caplog.clear()
        return [(level, words) for level, words in found if words.startswith("twitter: ")]

    refused_while_sent(office)
    ((level, words),) = told()
    assert (level, "sign" in words or "keys" in words) == (logging.ERROR, True)
    office.platforms.x.fail_next("GET", ME, DEAD, 1)
    office.app.proofs.daily()
    assert told() == []
    office.app.proofs.look("twitter", OFFICER)
    assert told() == [(logging.INFO, "twitter: no longer so: refused")]
    office.platforms.x.fail_next("GET", ME, DEAD, 1)
    office.app.proofs.look("twitter", OFFICER)
    assert [level for level, _ in told()] == [logging.ERROR]
    assert standing(office)[0] == Standing.WRONG.value
