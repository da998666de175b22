"""`publisher concern`: raising, reading, passing on and closing by the command line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from api_support import open_council
from cli_support import APPROVER, AUTHOR, DIRECTOR, FOR_REVIEW, Answer, Bench, open_bench, out_on, soon

from publisher.concern_drawer import IN_CONFIDENCE

SECRET = "Numbat"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A folder made ready, with a Monitoring Officer and a Member."""
    with open_bench(tmp_path / "bench") as found:
        for login, name, role in (("mona", "Mona Ek", "monitoring officer"), ("mel", "Mel Hart", "member")):
            words = ("officer", "add", login, "--name", name, "--role", role)
            assert found.run(*words, "--as", DIRECTOR).code == 0
        yield found


def run(bench: Bench, *words: str, who: str = APPROVER, code: int = 0, stdin: bytes = b"") -> Answer:
    """`publisher concern …` as `who`; the answer, which ended with `code`."""
    answer = bench.run("concern", *words, "--as", who, stdin=stdin)
    assert answer.code == code, answer
    return answer


def raised(bench: Bench, *more: str, who: str = APPROVER) -> str:
    """A concern about Sam; its id."""
    answer = run(bench, "raise", "--person", AUTHOR, "--text", SECRET, "--json", *more, who=who)
    return str(answer.json["id"])


def test_words_from_standard_input_and_the_post_held(bench: Bench) -> None:
    """What is typed there is in no shell's history; whoever raised it is told who has it, and that the post is held."""
    item = bench.news()
    answer = run(bench, "raise", "--item", item["id"], "--text", "-", "--hold", stdin=b"One\nTwo \xff\x1b[2J")
    assert f"is with {DIRECTOR}" in answer.out
    assert "The post is held" in answer.out
    assert bench.states() == ["held for review"]
    concern_id = answer.out.split()[0]
    shown = run(bench, "show", concern_id, who=DIRECTOR)
    assert "    One\n    Two \ufffd[2J" in shown.out
    assert "raised  " in shown.out
    assert f"by {APPROVER}" in shown.out


def test_a_hold_that_comes_too_late_is_said(bench: Bench) -> None:
    """The concern is on its way, and the answer says why the post is not held."""
    item = bench.news()
    bench.run("withdraw", item["id"], "--reason", "It is off")
    answer = run(bench, "raise", "--item", item["id"], "--text", SECRET, "--hold")
    assert "The post is not held:" in answer.out


def test_each_sees_their_own(bench: Bench) -> None:
    """Its raiser and whoever has it; to the others there is none, in the list and by its id."""
    assert "You raised no concern" in run(bench, "list").out
    concern_id = raised(bench)
    for who in (APPROVER, DIRECTOR):
        assert concern_id in run(bench, "list", who=who).out
        assert run(bench, "list", "--json", who=who).json["concerns"][0]["words"] == SECRET
    for who in (AUTHOR, "mona", "mel"):
        assert concern_id not in run(bench, "list", who=who).out
        refused = run(bench, "show", concern_id, who=who, code=2)
        assert "there is no concern" in refused.err
        assert SECRET not in refused.err + refused.out


def test_a_member_chooses_one_of_the_three(bench: Bench) -> None:
    """The Monitoring Officer by default; an employee's login is refused with who there is."""
    (mine,) = run(bench, "raise", "--person", "Sam Reed", "--text", SECRET, "--json", who="mel").lines
    assert (mine["with"], mine["yours"]) == ("mona", True)
    assert (
        run(bench, "raise", "--person", "sam", "--text", SECRET, "--to", DIRECTOR, "--json", who="mel").json[
            "with"
        ]
        == DIRECTOR
    )
    refused = run(bench, "raise", "--person", "sam", "--text", SECRET, "--to", APPROVER, who="mel", code=2)
    assert f"It may go to: mona, {DIRECTOR}" in refused.err


def test_passed_on_and_closed(bench: Bench) -> None:
    """Each step is told, and its raiser reads them all and the outcome."""
    concern_id = raised(bench)
    said = run(bench, "pass", concern_id, "--to", "mona", "--reason", "It is for her", who=DIRECTOR)
    assert "is with mona now" in said.out
    run(bench, "show", concern_id, who=DIRECTOR, code=2)
    assert "is closed" in run(bench, "close", concern_id, "--outcome", "Settled", who="mona").out
    shown = run(bench, "show", concern_id).out
    for words in (f"{DIRECTOR} passed it to mona: It is for her", "closed", "by mona", "Settled"):
        assert words in " ".join(shown.split())
    assert run(bench, "close", concern_id, "--outcome", "Again", who="mona", code=1).out == ""


@pytest.mark.parametrize("verb", ["hold", "withdraw"])
def test_whoever_has_it_stops_the_post(bench: Bench, verb: str) -> None:
    """The Monitoring Officer is no designated officer, and stops it all the same."""
    item = bench.news()
    concern_id = run(bench, "raise", "--item", item["id"], "--text", SECRET, "--json", who="mel").json["id"]
    reason = ("--reason", "It is wrong") if verb == "withdraw" else ()
    run(bench, verb, concern_id, *reason, who="mel", code=1)
    assert bench.states() == ["queued"]
    run(bench, verb, concern_id, *reason, who="mona")
    assert bench.states() == [{"hold": "held for review", "withdraw": "withdrawn"}[verb]]


@pytest.mark.parametrize(
    ("words", "who", "code"),
    [
        (("raise", "--text", "x"), APPROVER, 2),
        (("raise", "--person", "sam"), APPROVER, 2),
        (("raise", "--person", "sam", "--text", " "), APPROVER, 2),
        (("raise", "--person", "sam", "--text", "x"), "nobody", 1),
        (("raise", "--person", "sam", "--text", "x" * 10_001), APPROVER, 2),
        (("raise", "--item", "nothing", "--text", "x"), APPROVER, 2),
        (("show", "c-zzzzzzzz"), APPROVER, 2),
        (("hold", "c-zzzzzzzz"), APPROVER, 2),
    ],
)
def test_a_refusal_is_one_line_that_does_not_repeat_it(
    bench: Bench, words: tuple[str, ...], who: str, code: int
) -> None:
    """A code, a line, nothing on stdout, and of the text not a word."""
    answer = run(bench, *words, who=who, code=code)
    assert (len(answer.err.splitlines()), answer.out) == (1, "")
    assert "xxx" not in answer.err


def test_no_other_command_shows_it(bench: Bench) -> None:
    """Whoever may not read it sees that somebody had the post held: nothing tells that there is a concern, or whose."""
    item_id = bench.news()["id"]
    concern_id = raised(bench, "--item", item_id, "--hold")
    for words in (
        ("audit", "log", "--as", AUTHOR),
        ("list", "--all"),
        ("officer", "list"),
        ("show", item_id),
    ):
        for form in ((), ("--json",)):
            answer = bench.run(*words, *form)
            assert answer.code == 0
            assert not [word for word in (SECRET, concern_id, "concern", "confidence") if word in answer.out]
    kept = bench.run("audit", "log", "--as", DIRECTOR, "--json").out.replace("}, {", "}\n{").splitlines()
    told = [line for line in kept if concern_id in line]
    assert [line.count('"(in confidence)"') for line in told] == [2, 2]
    assert not [line for line in told if f'"{APPROVER}"' in line]


def test_who_has_it_and_whether_it_holds_is_told(bench: Bench) -> None:
    """A name that nobody has goes to the Monitoring Officer; a second hold by the same person is told not to be one."""
    item_id = bench.news()["id"]
    hold = ("raise", "--item", item_id, "--text", SECRET, "--hold")
    assert "is with mona" in run(bench, "raise", "--person", "Sammy", "--text", SECRET).out
    run(bench, *hold, who="mel")
    bench.run("approve", item_id, "--reason", "Both were asked, and it is right", "--as", APPROVER)
    said = " ".join(run(bench, *hold, who="mel").out.split())
    assert "is with mona" in said
    assert "The post is not held: You had it held before" in said
    assert bench.states() == ["queued"]


def test_whoever_closes_one_is_told_how_its_post_stands(bench: Bench) -> None:
    """Closing lets nothing go: that it is held still, and what to do, is said; then who let it go on."""
    item_id = bench.news()["id"]
    concern_id = run(bench, "raise", "--item", item_id, "--text", SECRET, "--hold", "--json", who="mel").json[
        "id"
    ]
    said = " ".join(run(bench, "close", concern_id, "--outcome", "It is right", who="mona").out.split())
    assert "post held for review" in said
    assert "somebody on the register held it" in said
    assert f"publisher approve {item_id} --reason" in said
    bench.run("approve", item_id, "--reason", "Both were asked, and it is right", "--as", APPROVER)
    shown = " ".join(run(bench, "show", concern_id, who="mel").out.split())
    assert "post queued" in shown
    assert f"{APPROVER} let it go on" in shown


def test_over_the_network_the_token_is_not_on_record(tmp_path: Path) -> None:
    """From elsewhere a concern is raised like at the machine; no event of it tells by whose token it came."""
    with open_council(tmp_path / "council") as council:
        told = {"person": AUTHOR, "text": SECRET}
        answer = council.ask("POST", "/concerns", told, token=council.token(APPROVER))
        assert (answer.status, answer.json["with"]) == (200, DIRECTOR)
        concern_id = answer.json["id"]
        (event,) = council.app.queue.events_of(concern_id)
        assert (event.actor, event.via, event.detail) == (IN_CONFIDENCE, IN_CONFIDENCE, {})
        theirs, others = (
            council.ask("GET", f"/concerns/{concern_id}", token=council.token(who))
            for who in (DIRECTOR, AUTHOR)
        )
        assert (theirs.status, theirs.json["words"]) == (200, SECRET)
        unknown = council.ask("GET", "/concerns/c-zzzzzzzz", token=council.token(AUTHOR))
        assert others.status == unknown.status
        assert others.body.replace(concern_id.encode(), b"c-zzzzzzzz") == unknown.body


def test_whoever_has_it_is_told_by_nobody_but_its_raiser(bench: Bench) -> None:
    """No message is sent: who raised it, or passed it on, is told so, and what to say."""
    ask = "They are not told by this program: ask them to look at `publisher concern list`."
    answer = run(bench, "raise", "--person", AUTHOR, "--text", SECRET)
    assert ask in " ".join(answer.out.split())
    passed = run(bench, "pass", answer.out.split()[0], "--to", "mona", "--reason", "For her", who=DIRECTOR)
    assert ask in " ".join(passed.out.split())


def test_nobody_is_sent_to_the_person_complained_about(bench: Bench) -> None:
    """The only one to whom it may go is whom it is about: another office is named, in whatever words they are."""
    assert bench.run("officer", "suspend", "mona", "--reason", "Left", "--as", DIRECTOR).code == 0
    for person in (DIRECTOR, "the Director of Resources"):
        refused = run(bench, "raise", "--person", person, "--text", SECRET, code=1)
        assert "Tell the Monitoring Officer or the Chief Executive in person." in refused.err
        assert "Tell the Monitoring Officer or the Director" not in refused.err


def test_whoever_lets_a_post_go_is_told_that_its_concern_passes_on(bench: Bench) -> None:
    """To them alone, and without a word of where it went; where nobody has it then, that is said."""
    papers = ("--policy-read", "2026-01-05", "--aup-signed", "2026-01-05", "--approved", "2026-01-06")
    item_id = bench.held()["id"]
    found = run(bench, "raise", "--item", item_id, "--text", SECRET, "--json", who=AUTHOR).json
    assert found["with"] == DIRECTOR
    bench.run(
        "officer", "amend", DIRECTOR, "--role", "director", "--role", "approver", *papers, "--as", DIRECTOR
    )
    why = ("--reason", "Read it twice, and it is fine", "--finding")
    finding = bench.run("show", item_id, "--json").json["findings"][0]["id"]
    others = bench.run("approve", item_id, *why, finding, "--json", "--as", APPROVER).json
    assert "concerns_passed" not in others
    later = bench.run("reschedule", item_id, "--at", soon(2), "--as", APPROVER)
    assert "concern" not in later.out
    yes = bench.run("approve", item_id, "--reason", "Read it twice, and it is fine", "--as", DIRECTOR)
    said = " ".join(yes.out.split())
    assert (
        f"The concern {found['id']} about this post, which was with you, is now with somebody above" in said
    )
    assert "mona" not in said
    run(bench, "show", found["id"], who=DIRECTOR, code=2)
    assert run(bench, "show", found["id"], "--json", who=AUTHOR).json["with"] == "mona"


@pytest.mark.parametrize("verb", ["approve", "refuse"])
def test_that_nobody_has_a_concern_any_more_is_said(bench: Bench, verb: str) -> None:
    """Where there is nobody else on the register to whom it may go; in the JSON, too."""
    assert bench.run("officer", "suspend", "mona", "--reason", "Left", "--as", DIRECTOR).code == 0
    item_id = bench.held()["id"]
    concern_id = run(bench, "raise", "--item", item_id, "--text", SECRET, "--json").json["id"]
    reason = ("--reason", "Read it twice, and it is fine")
    plain = ("officer", "amend", DIRECTOR, "--role", "director", "--role", "approver", "--as", DIRECTOR)
    assert bench.run(*plain).code == 0
    answer = bench.run(verb, item_id, *reason, "--as", DIRECTOR)
    said = " ".join(answer.out.split())
    assert f"The concern {concern_id} about this post, which was with you, is with nobody now" in said
    assert run(bench, "show", concern_id, "--json").json["with"] is None


def test_a_token_that_may_not_confide_is_told_of_no_concern(tmp_path: Path) -> None:
    """One that was got for a ticket decides, and learns nothing of what is in confidence."""
    with open_council(tmp_path / "council") as council:
        item = {"kind": "news", "title": "The fair", "summary": FOR_REVIEW[1], "publish_at": soon()}
        made = council.ask("POST", "/items", {"item": item}, token=council.token(AUTHOR)).json
        told = {"item": made["id"], "text": SECRET, "to": DIRECTOR}
        assert council.ask("POST", "/concerns", told, token=council.token(AUTHOR)).status == 200
        yes = {"reason": "Read it twice, and it is fine"}
        token = council.token(DIRECTOR, "read", "decide")
        answer = council.ask("POST", f"/items/{made['id']}/approve", yes, token=token)
        assert (answer.status, "concern" in answer.body.decode()) == (200, False)


def test_a_post_taken_back_by_a_concern_is_told_like_any_other(bench: Bench) -> None:
    """What is out of it is not gone yet: the same words as `publisher withdraw` has, and the same state."""
    item = bench.news()
    out_on(bench, item["id"], "website", "twitter")
    concern_id = run(bench, "raise", "--item", item["id"], "--text", SECRET, "--json", who="mel").json["id"]
    said = " ".join(run(bench, "withdraw", concern_id, "--reason", "It is wrong", who="mona").out.split())
    assert f"{item['id']} withdrawing {item['title']}" in said
    assert "Out, and being taken down: website" in said
    assert "Taking it down is charged for: $0.01 on twitter." in said
    assert "is withdrawn" not in said
    again = bench.news()
    concern_id = run(bench, "raise", "--item", again["id"], "--text", SECRET, "--json", who="mel").json["id"]
    answer = run(bench, "withdraw", concern_id, "--reason", "It is wrong", "--json", who="mona").json
    assert (answer["item_state"], answer["post"]["state"], answer["post"]["deletion_usd"]) == (
        "withdrawn", "withdrawn", {},
    )  # fmt: skip
