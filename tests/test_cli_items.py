"""Handing in, checking and previewing by the command line, with good input and with bad."""

from __future__ import annotations

import json
import pwd
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_support import CHANNELS, FOR_BLOCK, FOR_REVIEW, Bench, open_bench, out_on, picture, soon

from publisher import config
from publisher.item import MAX_ITEM_BYTES

NEWS = {"kind": "news", "title": "Library opens late", "summary": "Until 8pm on Thursdays."}
FAIR = {
    "kind": "event",
    "title": "Winter fair",
    "summary": "Music and food.",
    "starts_at": "2099-12-05 10:00",
}
DIARY = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//EN
BEGIN:VEVENT
UID:one@example.gov.uk
DTSTAMP:20260101T000000Z
DTSTART:20991205T100000Z
SUMMARY:Winter fair
DESCRIPTION:Music and food.
END:VEVENT
BEGIN:VEVENT
UID:two@example.gov.uk
DTSTAMP:20260101T000000Z
DTSTART:20991206T100000Z
SUMMARY:Carol concert
DESCRIPTION:Carols in the square.
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A folder made ready."""
    with open_bench(tmp_path) as made:
        yield made


def test_a_clear_item_is_queued_for_every_channel(bench: Bench) -> None:
    """`news` answers with id, state and verdict, and the item waits for all channels."""
    made = bench.news()
    assert (made["state"], made["verdict"]) == ("queued", "clear")
    assert [delivery["channel"] for delivery in made["deliveries"]] == CHANNELS
    shown = bench.run("show", made["id"], "--json").json
    assert (shown["state"], shown["author"]) == ("queued", "sam")


@pytest.mark.parametrize(
    ("words", "code", "state"), [(FOR_REVIEW, 3, "held for review"), (FOR_BLOCK, 1, "blocked")]
)
def test_the_exit_code_tells_what_became_of_it(
    bench: Bench, words: tuple[str, ...], code: int, state: str
) -> None:
    """3: a second officer is needed; 1: the policy says no. Findings carry clause, message and remedy."""
    answer = bench.run("news", "The fair", *words, "--at", soon(), "--json")
    assert (answer.code, answer.json["state"]) == (code, state)
    (finding,) = (found for found in answer.json["findings"] if found["severity"] != "advise")
    assert finding["clause"] == "9z"
    plain = bench.run("news", "The fair", *words, "--at", soon())
    assert plain.code == code
    assert all(text in plain.out for text in ("clause 9z", finding["message"], finding["remedy"], "Next:"))


@pytest.mark.parametrize("option", ["--emergency", "--corrects"])
def test_the_help_shows_how_what_is_seldom_needed_is_typed(bench: Bench, option: str) -> None:
    """In a hurry nobody looks it up elsewhere; the line can be typed as it stands, but for the id."""
    made = bench.news()["id"]
    out_on(bench, made, "website")
    shown = bench.run("news", "--help").out
    (line,) = (line for line in shown.splitlines() if line.strip().startswith("publisher") and option in line)
    words = shlex.split(line.replace("k3md8s2p", made))[1:]
    assert bench.run(*words, "--dry-run").code in {0, 3}


def test_a_finding_quotes_the_words_it_means(bench: Bench) -> None:
    """A person sees the very words that a finding is about."""
    assert "“ask me first”" in bench.run("news", "The fair", *FOR_REVIEW, "--at", soon()).out


def test_who_is_not_designated_stores_nothing(bench: Bench) -> None:
    """Clauses 5a and 5c at the command line: exit code 1, one line, no item."""
    answer = bench.run("news", "Library opens late", officer="mallory")
    assert answer.code == 1
    assert "not on the register" in answer.err
    assert bench.states() == []


def test_flags_make_the_whole_item(bench: Bench) -> None:
    """Every flag ends up in the field of the same name."""
    bench.write("a.jpg", picture())
    bench.write("b.jpg", picture(800, 600))
    made = bench.news(
        "--body", "More.", "--image", "a.jpg", "--alt", "Readers at a table", "--image", "b.jpg", "--alt", "A shelf of books",
        "--focus", "0.5,0.3", "--focus", "1,0",
        "--credit", "Jo Hall", "--rights", "own", "--hashtag", "Libraries", "--channel", "website", "--channel", "facebook",
    )  # fmt: skip
    content = bench.run("show", made["id"], "--json").json["content"]
    assert [image["path"] for image in content["images"]] == ["a.jpg", "b.jpg"]
    assert [image["alt"] for image in content["images"]] == ["Readers at a table", "A shelf of books"]
    assert [image["credit"] for image in content["images"]] == ["Jo Hall", "Jo Hall"]
    assert [image["focus"] for image in content["images"]] == [[0.5, 0.3], [1.0, 0.0]]
    assert content["hashtags"] == ["Libraries"]
    assert [delivery["channel"] for delivery in made["deliveries"]] == ["website", "facebook"]


TWO_PICTURES: list[dict[str, Any]] = [
    {"path": "a.jpg", "alt": "A shelf", "credit": "Jo Hall"},
    {"path": "b.jpg", "people": True, "basis": "consent"},
]


def pictured(bench: Bench, *flags: str, images: Any = TWO_PICTURES) -> Any:
    """What becomes of the pictures of a file in another folder, handed in with these flags; or the error."""
    (bench.folder / "sub").mkdir(exist_ok=True)
    for name in ("a.jpg", "sub/a.jpg", "sub/b.jpg"):
        bench.write(name, picture())
    bench.write("sub/item.json", json.dumps(NEWS | {"images": images}))
    answer = bench.run("news", "sub/item.json", "--at", soon(), "--json", *flags)
    if answer.code == 2:
        return answer.err
    return bench.run("show", answer.json["id"], "--json").json["content"]["images"]


def test_flags_speak_of_the_files_pictures(bench: Bench) -> None:
    """Where no --image is given, what is said of pictures is said of the file's, in order, and the rest stays theirs."""
    found = pictured(bench, "--alt", "Lanterns", "--alt", "A band", "--reference", "C-7")
    assert found == [
        TWO_PICTURES[0] | {"alt": "Lanterns", "reference": "C-7"},
        TWO_PICTURES[1] | {"alt": "A band", "reference": "C-7"},
    ]


def test_a_flags_picture_takes_the_place_of_the_files(bench: Bench) -> None:
    """--image is looked for where one stands, and what the file said of its own pictures is not said of it."""
    for images in (TWO_PICTURES, []):
        (found,) = pictured(bench, "--image", "a.jpg", "--alt", "Lanterns", images=images)
        assert found == {"path": str(bench.folder.resolve() / "a.jpg"), "alt": "Lanterns"}


def test_flags_that_fit_no_picture_are_told_whose(bench: Bench) -> None:
    """The number of pictures is the file's; where it has none, --image is named."""
    told = pictured(bench, "--alt", "Lanterns")
    assert (
        told
        == "publisher: --alt: 1 for 2 pictures. Give one --alt for each picture of the file, in the same order.\n"
    )
    assert "--people: there is no picture for it. Give one with --image" in pictured(
        bench, "--people", images=[]
    )


def test_wall_clock_time_is_the_councils(bench: Bench) -> None:
    """A time without a zone is Europe/London's: 9:00 in July is 8:00 UTC."""
    answer = bench.run(
        "news", "Library opens late", "--summary", "Until 8pm.", "--at", "2099-07-01 09:00", "--json"
    )
    assert answer.json["publish_at"] == "2099-07-01T08:00:00+00:00"
    assert "1 Jul 2099 09:00" in bench.run("list").out


@pytest.mark.parametrize("name", ["item.json", "item.toml"])
def test_an_item_can_be_a_file(bench: Bench, name: str) -> None:
    """A file's pictures lie beside it, wherever one stands; flags win over the file."""
    folder = bench.folder / "sub"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(picture())
    text = json.dumps(NEWS | {"images": [{"path": "a.jpg", "alt": "Readers at a table"}]})
    if name.endswith(".toml"):
        text = 'kind = "news"\ntitle = "Library opens late"\nsummary = "Until 8pm on Thursdays."\n'
        text += '[[images]]\npath = "a.jpg"\nalt = "Readers at a table"\n'
    (folder / name).write_text(text, encoding="utf-8")
    answer = bench.run("news", f"sub/{name}", "--at", soon(), "--channel", "website", "--json")
    assert answer.code == 0, answer
    assert [delivery["channel"] for delivery in answer.json["deliveries"]] == ["website"]


def test_an_item_can_come_by_standard_input(bench: Bench) -> None:
    """`publisher event -` reads JSON or TOML."""
    assert bench.run("event", "-", "--json", stdin=json.dumps(FAIR).encode()).json["state"] == "queued"
    toml = b'kind = "event"\ntitle = "Carol concert"\nsummary = "Carols."\nstarts_at = 2099-12-05 10:00:00\n'
    assert bench.run("event", "-", "--json", stdin=toml).json["state"] == "queued"


def test_a_dry_run_stores_nothing(bench: Bench) -> None:
    """--dry-run gives the verdict and its exit code, and leaves the queue as it was."""
    answer = bench.run("news", "The fair", *FOR_BLOCK, "--dry-run", "--json")
    assert (answer.code, answer.json["verdict"], answer.json["dry_run"]) == (1, "block", True)
    assert bench.run("news", "The fair", "--summary", "Music.", "--dry-run").code == 0
    assert bench.states() == []


@pytest.mark.parametrize(
    "late", [NEWS | {"publish_at": "2020-01-01 09:00"}, FAIR | {"starts_at": "2020-12-05 10:00"}]
)
def test_trying_first_says_what_handing_in_says(bench: Bench, late: dict[str, Any]) -> None:
    """What would be refused for its date is refused by `check` and --dry-run, too, in the same line; a stream judges content."""
    bench.write("item.json", json.dumps(late))
    real = bench.run(late["kind"], "item.json")
    assert real.code == 2
    for words in ((late["kind"], "item.json", "--dry-run"), ("check", "item.json")):
        answer = bench.run(*words)
        assert (answer.code, answer.err) == (2, real.err)
    imported = bench.run("import", "item.json", "--dry-run", "--json")
    assert imported.code == 2
    assert real.err.removeprefix("publisher: ").strip() == imported.json["items"][0]["error"]
    assert bench.run("check", "--jsonl", stdin=json.dumps(late).encode()).json["verdict"] == "clear"


def test_one_wrong_item_does_not_hide_the_others(bench: Bench) -> None:
    """`check` of a file with many items says something of each, and exit code 2 for the one that cannot be taken."""
    bench.write("items.json", json.dumps([NEWS | {"publish_at": "2020-01-01 09:00"}, NEWS]))
    answer = bench.run("check", "items.json", "--json")
    assert answer.code == 2
    assert ["error" in line for line in answer.lines] == [True, False]
    plain = bench.run("check", "items.json").out
    assert "cannot be taken: publish_at" in plain
    assert "Library opens late: clear" in plain


@pytest.mark.parametrize("words", [FOR_REVIEW, FOR_BLOCK])
def test_what_does_not_go_is_promised_no_moment(bench: Bench, words: tuple[str, ...]) -> None:
    """A held or blocked answer names no release, link or channels, but the next step with its command."""
    answer = bench.run("news", "The fair", *words, "--at", soon())
    assert "release  " not in answer.out
    assert "facebook" not in answer.out
    reference = answer.out.split()[0]
    command = (
        f"approve {reference} --reason TEXT`"
        if words == FOR_REVIEW
        else f"withdraw {reference} --reason TEXT`"
    )
    assert f"`publisher {command}" in answer.out


@pytest.mark.parametrize("name", ["pool.png", "notes.txt"])
@pytest.mark.parametrize("verb", ["news", "check", "import", "preview"])
def test_a_file_of_another_kind_is_no_item_file(bench: Bench, verb: str, name: str) -> None:
    """It is never taken for a title or an item; --image is named where the verb has it, and for a picture alone."""
    bench.write(name, picture())
    answer = bench.run(verb, name)
    assert answer.code == 2
    assert f"{name} is not an item file. " in answer.err
    assert "Give an item as .toml or .json." in answer.err
    assert (f"--image {name}" in answer.err) is ((verb, name) == ("news", "pool.png"))
    assert ("--title" in answer.err) is ((verb, name) == ("news", "notes.txt"))
    assert bench.states() == []


NO_TITLES = [
    "b", "d/", "rules", "Winter fair", "library.tml", "pool.tom", "item.txt", "nothere.toml", "Summer fair.tml", "fair.docx",
    "Summer fair.docx", "items/pool", "./pool", ".env", "24/7", "5.30pm", "C:\\pool", "/etc", "https://example.gov.uk/pool",
]  # fmt: skip
"""Folders, and words that look like a file's name."""
TITLES = [
    "Road closed", "Flooding", "A.G.M. 2026", "A.G.M.", "5.30pm start", "Opens at 5.30pm", "Fun day 24/7", "Snow…", "Reopened!",
    "Have your say on and/or clauses", "Parks, pools and more...", "Read it at example.gov.uk", "Drop-in", "Closed.",
]  # fmt: skip


@pytest.mark.parametrize("verb", ["news", "event"])
@pytest.mark.parametrize("word", NO_TITLES)
def test_a_slip_in_a_files_name_is_never_announced(bench: Bench, verb: str, word: str) -> None:
    """What is a folder or looks like a file goes nowhere, tried or in earnest; the line says how such a title is given."""
    for folder in ("b", "d", "Winter fair"):
        (bench.folder / folder).mkdir()
    for more in ((), ("--dry-run",)):
        answer = bench.run(verb, word, "--summary", "Until 8pm on Thursdays.", *more)
        assert (answer.code, answer.err.count("\n")) == (2, 1), answer
        assert answer.err.endswith("If it is meant as a title, give it with --title.\n")
    assert bench.states() == []


@pytest.mark.parametrize("title", TITLES)
def test_a_title_is_a_title(bench: Bench, title: str) -> None:
    """What has blanks, or neither dot nor stroke, needs no flag."""
    answer = bench.run("news", title, "--summary", "Until 8pm on Thursdays.", "--dry-run", "--json")
    assert answer.json["title"] == title


@pytest.mark.parametrize("title", NO_TITLES)
def test_a_flag_gives_any_title(bench: Bench, title: str) -> None:
    """--title is never taken for a file."""
    answer = bench.run("news", "--title", title, "--summary", "Until 8pm.", "--dry-run", "--json")
    assert answer.json["title"] == title


def test_the_flags_title_wins_over_the_files(bench: Bench) -> None:
    """--title is a flag like any other."""
    bench.write("item.json", json.dumps(NEWS))
    answer = bench.run("news", "item.json", "--title", "Library opens early", "--dry-run", "--json")
    assert answer.json["title"] == "Library opens early"


@pytest.mark.parametrize("name", ["plain", "Winter fair", "plain.toml", "my fair.toml"])
def test_every_verb_reads_the_same_files(bench: Bench, name: str) -> None:
    """A file is a file without an ending and with blanks, too, and the command that `check` names is there to be pasted."""
    bench.write(name, json.dumps(FAIR) if "." not in name else toml(FAIR))
    assert bench.run("preview", name, "--json").json["items"][0]["title"] == "Winter fair"
    told = " ".join(bench.run("check", name).out.split())
    (command,) = re.findall(r"Next: `publisher ([^`]+)`", told)
    answer = bench.run(*shlex.split(command), "--json")
    assert (answer.code, answer.json["title"]) == (0, "Winter fair")
    assert shlex.quote(name) in bench.run("news", name).err
    assert "--title" not in bench.run("news", name).err


def test_a_file_that_cannot_be_an_item_may_be_meant_as_a_title(bench: Bench) -> None:
    """Somebody's file of that name stands in the way of a title: the line says how to give it all the same."""
    bench.write("Flooding", "Notes of Monday")
    answer = bench.run("news", "Flooding", "--summary", "Until 8pm.")
    assert (answer.code, "give it with --title" in answer.err) == (2, True)
    assert bench.states() == []


def toml(fields: dict[str, Any]) -> str:
    """The fields as lines of TOML; a text is written there as in JSON."""
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in fields.items())


@pytest.mark.parametrize(
    "words", [("check",), ("check", "--jsonl"), ("import",), ("news", "--summary", "Words.")]
)
def test_a_folder_is_called_one(bench: Bench, words: tuple[str, ...]) -> None:
    """Nobody looks for a file's permissions where the name is a folder's."""
    assert bench.run(*words, "rules").err.startswith("publisher: rules is a folder. Name a file in it.")


@pytest.mark.parametrize("words", [("check",), ("check", "--jsonl"), ("import",)])
def test_an_empty_name_is_no_file(bench: Bench, words: tuple[str, ...]) -> None:
    """A script whose variable is empty does not read standard input in its place."""
    answer = bench.run(*words, "", stdin=json.dumps(NEWS).encode())
    assert (answer.code, answer.out) == (2, "")
    assert "the file's name is empty. Name a file, or - for standard input." in answer.err


FAULTS: dict[str, tuple[str, str]] = {
    "quotes": ('kind = "news"\ntitle = "The fair\nsummary = "Music."', "the quotes are not closed (at line 2, column 18). Close"),
    "quotes at the end": ('kind = "news"\ntitle = "The fair', "the quotes are not closed (at end of document). Close"),
    "twice": ('title = "One"\ntitle = "Two"\nkind = "news"', "a name is given twice (at line 2, column 14). Leave one of the two out."),
    "no quotes": ('title = The fair\nkind = "news"', "a value is missing or without quotes (at line 1, column 9). Put texts in quotes"),
    "nothing": ("title =", "a value is missing or without quotes (at end of document)"),
    "quotes within": ('title = "The "big" fair"', "something stands behind a value (at line 1, column 15). Put one pair"),
    "a path": ('title = "C:\\diary"', "a backslash stands alone (at line 1, column 14). Write it twice"),
    "a list": ('hashtags = ["Fairs" "Music"]', "a list is not closed (at line 1, column 21). Put a comma"),
    "a table": ('images = [{ path = "a.jpg"\n', "{ is not closed"),
    "tables": ('[images]\npath = "a.jpg"\n[images]\npath = "b.jpg"', "a name in brackets is given twice (at line 3, column 8). Write [[images]]"),
    "no equals sign": ('title: "The fair"', 'Write each line like title = "…".'),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_in_toml_is_told_with_what_mends_it(bench: Bench, case: str) -> None:
    """Quotes, names and values each have their own words; a list of items is not spoken of where there is one."""
    text, told = FAULTS[case]
    bench.write("fair.toml", text)
    err = bench.run("check", "fair.toml").err.replace(" (in fair.toml)", "")
    assert err.startswith("publisher: not TOML: ")
    assert told in err
    assert "[[items]]" not in err


def test_a_name_given_twice_among_many_items_may_be_the_next_items(bench: Bench) -> None:
    """Whoever wrote one [[items]] and then two titles has forgotten the second."""
    bench.write("fairs.toml", '[[items]]\ntitle = "One"\ntitle = "Two"\n')
    assert "Each item begins with [[items]]." in bench.run("import", "fairs.toml").err


def test_an_empty_toml_is_called_empty(bench: Bench) -> None:
    """Nothing, a byte order mark or only comments: the line says so, and how to begin."""
    for content in (b"", b"\xef\xbb\xbf", b"# later\n"):
        bench.write("item.toml", content)
        answer = bench.run("news", "item.toml")
        assert answer.code == 2
        assert "the file is empty" in answer.err


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("fooo.toml", ""), ("fiar.toml", "Did you mean fair.toml?"), ("fair.tml", "Did you mean fair.toml?"),
     ("items/pols.toml", "Did you mean items/pool.toml?"), ("park.toml", "")],
)  # fmt: skip
def test_a_missing_file_gets_a_near_name_or_none(bench: Bench, typed: str, meant: str) -> None:
    """Names are compared without the ending that all share, and a picture is never meant; else only the fact is told."""
    (bench.folder / "items").mkdir()
    for name in ("pool.toml", "fair.toml", "park.jpg", "items/pool.toml"):
        bench.write(name, "")
    err = bench.run("check", typed).err
    assert err == f"publisher: there is no file {typed}. {meant or 'Check the name and the folder.'}\n"


CURLY: dict[str, tuple[str, int]] = {
    "round a text": ('kind = "news"\ntitle = “The fair”', 2),
    "single ones": ("title = ‘It’s a fair’", 1),
    "at its end": ('title = "The fair”\nkind = "news"', 1),
    "at the file's end": ('kind = "news"\ntitle = "The fair”', 2),
    "in a list": ('kind = "news"\r\nhashtags = ["Fairs”, "Music"]', 2),
    "in two lines": ('title = "The fair”\nsummary = “Music”', 1),
    "round a name": ('“title” = "The fair"', 1),
}


@pytest.mark.parametrize("case", CURLY)
def test_curly_quotes_are_told_with_their_line(bench: Bench, case: str) -> None:
    """A word processor's quotes are named where they stand in the way, and what to type in place of them."""
    text, line = CURLY[case]
    bench.write("fair.toml", text)
    err = bench.run("check", "fair.toml").err
    assert f"not TOML: line {line} has curly quotes (in fair.toml). Use straight quotes" in err
    assert bench.run("check", "-", stdin=f"{text}\n".encode()).code == 2


@pytest.mark.parametrize(
    "text", ['title = "The “big” fair', 'title = "The “big” fair"\nkind = news\n', "title = fair"]
)
def test_curly_quotes_inside_a_text_are_no_fault(bench: Bench, text: str) -> None:
    """A quotation in a title is good English: where the fault is another, they are not blamed for it."""
    bench.write("fair.toml", text)
    answer = bench.run("check", "fair.toml")
    assert (answer.code, "not TOML" in answer.err, "curly" in answer.err) == (2, True, False)


def test_evidence_is_named_by_rule(bench: Bench) -> None:
    """--evidence RULE=TEXT reaches the item; without the = it is wrong input."""
    made = bench.run(
        "news", "The fair", "--summary", "Music.", "--at", soon(), "--evidence", "marking.x=filed", "--json"
    ).json
    assert bench.run("show", made["id"], "--json").json["content"]["evidence"] == {"marking.x": "filed"}
    answer = bench.run("news", "The fair", "--evidence", "filed")
    assert answer.code == 2
    assert "--evidence" in answer.err


BAD_FLAGS: dict[str, tuple[tuple[str, ...], str]] = {
    "no title": (("news", "  "), "title"),
    "a huge title": (("news", "x" * 301), "title"),
    "a wrong byte": (("news", "Caf\udce9 opens"), "title"),
    "a control character": (("news", "Caf\x07 opens"), "title"),
    "no event time": (("event", "Winter fair"), "starts_at"),
    "not a time": (("news", "Hello", "--at", "tomorrow"), "--at:"),
    "a past time": (("news", "Hello", "--at", "2020-01-01 09:00"), "--at:"),
    "clocks forward": (("news", "Hello", "--at", "2099-03-29 01:30"), "--at:"),
    "clocks back": (("news", "Hello", "--at", "2099-10-25 01:30"), "--at:"),
    "not a day": (("event", "Winter fair", "--starts", "2099-02-30"), "starts_at"),
    "the end of time": (("news", "Hello", "--at", "9999-12-31T23:59:59-12:00"), "--at:"),
    "ends too early": (("event", "Winter fair", "--starts", "2099-12-05 10:00", "--ends", "2099-12-04 10:00"), "ends_at"),
    "a day without a time": (("news", "Hello", "--at", "2099-12-01"), "--at: a time is needed too"),
    "a picture for an item": (("news", "a.jpg"), "a.jpg is not an item file. Use --image a.jpg"),
    "a past event": (("event", "Winter fair", "--starts", "2020-12-05 10:00"), "starts_at"),
    "no such picture": (("news", "Hello", "--image", "no.jpg", "--alt", "A park"), "images[0].path"),
    "no picture": (("news", "Hello", "--image", "notes.txt", "--alt", "A park"), "images[0]"),
    "a cut picture": (("news", "Hello", "--image", "cut.jpg", "--alt", "A park"), "images[0]"),
    "alts unpaired": (("news", "Hello", "--image", "a.jpg", "--alt", "A park", "--alt", "A tree"), "--alt"),
    "a focus outside": (("news", "Hello", "--image", "a.jpg", "--focus", "3,4"), "from 0 to 1, like 0.5,0.3"),
    "eleven pictures": (("news", "Hello", *("--image", "a.jpg", "--alt", "A hall") * 11), "images: at most 10 pictures. Leave some out."),
    "a focus in words": (("news", "Hello", "--image", "a.jpg", "--focus", "the middle"), "--focus: 'the middle' is not two numbers"),
    "a focus in percent": (("news", "Hello", "--image", "a.jpg", "--focus", "50,30"), "from 0 to 1, like 0.5,0.3"),
    "one focus for two": (
        ("news", "Hello", "--image", "a.jpg", "--image", "a.jpg", "--focus", "0.5,0.3"), "--focus: 1 for 2 pictures",
    ),
    "a focus for no picture": (("news", "Hello", "--focus", "0.5,0.3"), "--focus: there is no picture for it"),
    "wrong rights": (("news", "Hello", "--image", "a.jpg", "--alt", "A park", "--rights", "mine"), "images[0].rights"),
    "no such channel": (("news", "Hello", "--channel", "facebok"), "channels[0]"),
    "no hashtag": (("news", "Hello", "--hashtag", "two words"), "hashtags[0]"),
    "no such file": (("news", "nothere.toml"), "there is no file"),
    "a folder": (("news", "folder.toml"), "folder.toml is a folder"),
    "no title at all": (("news", "--summary", "Words."), "there is no title"),
    "two titles": (("news", "Hello", "--title", "Good day"), "--title: there are two titles"),
    "an alt for no picture": (("news", "Hello", "--alt", "A park"), "--alt: there is no picture for it. Give one with --image"),
}  # fmt: skip


def test_what_all_channels_say_no_to_is_told_once(bench: Bench) -> None:
    """An alt text that is too long for four of them is one thing to shorten; programs are told of each."""
    bench.write("a.jpg", picture())
    words = (
        "news",
        "The hall",
        "--summary",
        "It opens.",
        "--image",
        "a.jpg",
        "--alt",
        "hall " * 210,
        "--at",
        soon(),
    )
    shown = bench.run(*words).out
    assert shown.count("accessibility.alt-too-long") == 1
    assert "The same on instagram, twitter, website." in shown
    found = bench.run(*words, "--dry-run", "--json").json["findings"]
    assert sorted(one["channel"] for one in found if one["rule"] == "accessibility.alt-too-long") == sorted(
        CHANNELS
    )


@pytest.mark.parametrize("case", BAD_FLAGS)
def test_wrong_input_is_one_line_that_names_the_field(bench: Bench, case: str) -> None:
    """Exit code 2, one line naming what is wrong, nothing stored halfway."""
    bench.write("notes.txt", "not a picture")
    bench.write("a.jpg", picture())
    bench.write("cut.jpg", picture()[:500])
    (bench.folder / "folder.toml").mkdir()
    words, named = BAD_FLAGS[case]
    answer = bench.run(*words)
    assert answer.code == 2, answer
    assert named in answer.err
    assert answer.err.count("\n") == 1
    assert bench.states() == []
    assert list((bench.folder / "data" / "media").iterdir()) == []


BAD_FILES: dict[str, bytes] = {
    "empty": b"",
    "blank": b" \n",
    "not UTF-8": json.dumps(NEWS).encode("utf-16"),
    "not JSON": b'{"kind": "news", ',
    "not an object": b"[1, 2]",
    "a day without a time": json.dumps(NEWS | {"publish_at": "2099-12-01"}).encode(),
    "a wrong type": json.dumps(NEWS | {"title": 5}).encode(),
    "an unknown field": json.dumps(NEWS | {"tilte": "x"}).encode(),
    "an unknown channel": json.dumps(NEWS | {"channels": ["facebok"]}).encode(),
    "nested": b"[" * 100_000,
    "two": json.dumps([NEWS, NEWS]).encode(),
    "the other kind": json.dumps(FAIR).encode(),
    "huge": json.dumps(NEWS | {"body": "x" * 70_000}).encode(),
    "a missing picture": json.dumps(NEWS | {"images": [{"path": "no.jpg", "alt": "A park"}]}).encode(),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_is_one_line_and_stores_nothing(bench: Bench, case: str) -> None:
    """Whatever a file holds, the answer is one line and exit code 2, by path or by standard input."""
    bench.write("item.json", BAD_FILES[case])
    for answer in (bench.run("news", "item.json"), bench.run("news", "-", stdin=BAD_FILES[case])):
        assert answer.code == 2, answer
        assert answer.err.count("\n") == 1
        assert len(answer.err) < 500
    assert bench.states() == []


# --- import ------------------------------------------------------------------------------------------------------


def test_a_diary_is_imported_once(bench: Bench) -> None:
    """Every event of an .ics is queued; the same file again finds them already here."""
    bench.write("diary.ics", DIARY)
    first, second = bench.run("import", "diary.ics", "--json"), bench.run("import", "diary.ics", "--json")
    assert first.code == second.code == 0
    assert [(item["state"], item["title"]) for item in first.json["items"]] == [
        ("queued", "Winter fair"),
        ("queued", "Carol concert"),
    ]
    assert [item["id"] for item in second.json["items"]] == [item["id"] for item in first.json["items"]]
    assert "2 already here" in bench.run("import", "diary.ics").out
    assert bench.states() == ["queued", "queued"]


def test_what_is_cancelled_is_never_announced(bench: Bench) -> None:
    """An export's cancelled events are left out; one that is queued already waits for a person to withdraw it."""
    bench.write("diary.ics", DIARY)
    bench.write("off.ics", DIARY.replace("SUMMARY:Carol", "STATUS:CANCELLED\r\nSUMMARY:Carol"))
    first = bench.run("import", "off.ics", "--json")
    assert (first.code, [item["state"] for item in first.json["items"]]) == (0, ["queued", "cancelled"])
    assert bench.run("import", "diary.ics").code == 0
    again = bench.run("import", "off.ics")
    assert again.code == 3
    assert "withdraw it" in again.out
    alone = bench.run("event", "-", stdin=json.dumps(FAIR | {"status": "cancelled"}).encode())
    assert (alone.code, alone.err.startswith("publisher: status:")) == (2, True)


@pytest.mark.long
def test_many_items_show_how_far_it_has_got(bench: Bench) -> None:
    """At a terminal a long import shows its progress; it takes the same items as without one."""
    bench.write("many.jsonl", "\n".join(json.dumps(NEWS | {"channels": ["website"]}) for _ in range(20)))
    code, shown = bench.terminal(["import", "many.jsonl", "--dry-run", "--as", "sam"])
    assert code == 0, shown
    assert b"Handing in" in shown
    assert b"20 clear." in shown
    assert bench.states() == []


def test_one_wrong_item_refuses_the_whole_file(bench: Bench) -> None:
    """All or nothing: a file with a wrong item is read to no effect, and the item is named by its place."""
    bench.write("items.json", json.dumps({"items": [NEWS, NEWS | {"title": 5}]}))
    answer = bench.run("import", "items.json")
    assert answer.code == 2
    assert "items[1].title" in answer.err
    assert bench.states() == []


def test_the_worst_item_decides_the_exit_code(bench: Bench) -> None:
    """An import of clear, held and blocked items says 1; without the blocked one 3. All are stored."""
    held, blocked = ({**NEWS, "publish_at": soon(), "summary": words[1]} for words in (FOR_REVIEW, FOR_BLOCK))
    bench.write("three.jsonl", "\n".join(map(json.dumps, (NEWS, held, blocked))))
    bench.write("two.jsonl", "\n".join(map(json.dumps, (NEWS, held))))
    answer = bench.run("import", "three.jsonl", "--json")
    assert answer.code == 1
    assert [item["verdict"] for item in answer.json["items"]] == ["clear", "review", "block"]
    assert bench.run("import", "two.jsonl", "--dry-run").code == 3
    assert len(bench.states()) == 3


def test_an_item_that_cannot_be_taken_is_reported_in_its_place(bench: Bench) -> None:
    """A picture that is missing stops its own item only, which is told with its title."""
    bad = NEWS | {"title": "No picture", "images": [{"path": "no.jpg", "alt": "A park"}]}
    bench.write("items.json", json.dumps([bad, NEWS]))
    answer = bench.run("import", "items.json", "--json")
    assert answer.code == 2
    assert ["error" in item for item in answer.json["items"]] == [True, False]
    assert "images[0].path" in answer.json["items"][0]["error"]
    assert "not taken: No picture" in bench.run("import", "items.json").out


def test_import_gives_a_time_to_items_that_have_none(bench: Bench) -> None:
    """--at is for the items without publish_at; the others keep theirs. One that has passed refuses everything."""
    own = NEWS | {"title": "Pool opens", "publish_at": "2099-01-01 09:00"}
    bench.write("items.json", json.dumps([NEWS, own]))
    past = bench.run("import", "items.json", "--at", "2020-01-01 09:00")
    assert past.code == 2
    assert "--at: " in past.err
    assert "Leave --at out" in past.err
    assert bench.run("import", "items.json", "--at", "2099-07-01 09:00").code == 0
    times = {item["publish_at"] for item in bench.run("list", "--json").json["items"]}
    assert times == {"2099-07-01T08:00:00+00:00", "2099-01-01T09:00:00+00:00"}


@pytest.mark.long
def test_import_asks_before_a_burst(bench: Bench) -> None:
    """At a terminal a person confirms that several items go out now; no is exit code 1 and stores nothing."""
    bench.write("items.json", json.dumps([NEWS, NEWS | {"title": "Pool opens"}]))
    words = ["import", "items.json", "--as", "sam"]
    code, shown = bench.terminal(words, typed=b"n\n")
    assert code == 1
    assert b"2 items would go out now, on 4 channels each. Go on? [y/N]" in shown
    assert bench.states() == []
    code, shown = bench.terminal([*words, "--yes"])
    assert code == 0
    assert b"Go on?" not in shown
    others = [
        NEWS | {"title": title, "summary": f"{title}, says the council."}
        for title in ("Park opens", "Road closed")
    ]
    bench.write(
        "items.json", json.dumps(others)
    )  # the same words a second time would wait for a second officer
    code, _ = bench.terminal(words, typed=b"y\n")
    assert code == 0
    assert len(bench.states()) == 4


def test_nobody_imports_who_may_not_post(bench: Bench) -> None:
    """Said once, before the first item."""
    bench.write("diary.ics", DIARY)
    answer = bench.run("import", "diary.ics", officer="mallory")
    assert (answer.code, answer.err.count("\n")) == (1, 1)
    assert bench.states() == []


# --- check -------------------------------------------------------------------------------------------------------


def test_check_says_why_and_what_to_do(bench: Bench) -> None:
    """`check FILE` for people: outcome, clause, the words meant, remedy, and the exit code of DESIGN §10."""
    for words, code, outcome in ((FOR_REVIEW, 3, "review"), (FOR_BLOCK, 1, "block")):
        bench.write("item.json", json.dumps(NEWS | {"summary": words[1]}))
        answer = bench.run("check", "item.json")
        assert answer.code == code
        assert f"Library opens late: {outcome}" in answer.out
        assert "clause 9z" in answer.out
        assert "→" in answer.out
    bench.write("item.json", json.dumps(NEWS))
    assert bench.run("check", "item.json").code == 0
    assert bench.run("check", "-", "--json", stdin=json.dumps(NEWS).encode()).json["verdict"] == "clear"


ASKING = """
[[rule]]
id = "marking.test-{0}"
title = "For tests"
clause = "9z"
severity = "review"
detector = "phrases"
fields = ["title", "summary"]
message = "Words for two pairs of eyes."
remedy = "Leave {0} out."
{1}
parameters = {{ phrases = ["{0}"] }}
examples = {{ flag = ["We like {0}."], pass = ["We like fruit."] }}
"""


def test_a_finding_says_who_may_let_it_go(bench: Bench) -> None:
    """Below the remedy: the finding's id, and the role that may let it go, or that nobody may."""
    roles = {"apples": 'override = "approver"', "pears": 'override = "monitoring officer"', "plums": ""}
    bench.write("rules/asking.toml", "".join(ASKING.format(*pair) for pair in roles.items()))
    told = {"apples": "may be let go by: approver", "pears": "may be let go by: monitoring officer",
            "plums": "nobody may let it go"}  # fmt: skip
    for word, who in told.items():
        bench.write("item.json", json.dumps(NEWS | {"summary": f"We like {word}."}))
        finding = bench.run("check", "item.json", "--json").json["findings"][0]
        lines = bench.run("check", "item.json").out.splitlines()
        at = lines.index(f"    → Leave {word} out.")
        assert lines[at + 1] == f"    finding {finding['id']} · {who}"


def test_a_remedy_is_said_once_for_findings_of_one_rule(bench: Bench) -> None:
    """Ten mailboxes in a text are ten findings with ids of their own, and one thing to do."""
    bench.write("rules/asking.toml", ASKING.format("apples", 'override = "approver"'))
    item = NEWS | {"title": "Free apples", "summary": "We like apples of each kind."}
    bench.write("item.json", json.dumps(item))
    answer = bench.run("check", "item.json")
    assert answer.out.count("· may be let go by: approver") == 2
    assert answer.out.count("→ Leave apples out.") == 1


def test_evidence_is_asked_for_until_it_is_given(bench: Bench) -> None:
    """A finding that accepts evidence says how to give it and what counts; once it is given, nothing is asked any more."""
    given = 'override = "approver"\nevidence = "who allowed it, and when"'
    bench.write("rules/asking.toml", ASKING.format("apples", given))
    item = NEWS | {"summary": "We like apples."}
    bench.write("item.json", json.dumps(item))
    asked = " ".join(bench.run("check", "item.json").out.split())
    assert (
        '→ Leave apples out. or hand it in with evidence, `--evidence "marking.test-apples=..."`: who allowed it'
        in asked
    )
    proof = {"marking.test-apples": "Agreed with the orchard, letter of 3 May 2026"}
    bench.write("item.json", json.dumps(item | {"evidence": proof}))
    shown = bench.run("check", "item.json").out
    assert "Evidence is given: Agreed with the orchard" in " ".join(shown.split())
    assert "→" not in shown
    assert "let go" not in shown


@pytest.mark.parametrize(
    ("summary", "records", "then"),
    [("Until 8pm.", True, True), (FOR_REVIEW[1], True, False), (FOR_BLOCK[1], False, False)],
    ids=["clear", "review", "block"],
)
def test_check_says_what_comes_next(bench: Bench, summary: str, records: bool, then: bool) -> None:  # noqa: FBT001
    """What only the queue knows, unless it is blocked anyway; and the next command, where nothing stands against it."""
    bench.write("item.json", json.dumps(NEWS | {"summary": summary}))
    shown = " ".join(bench.run("check", "item.json").out.split())
    looked = (
        "The register of consents, closed channels and words handed in before are looked at by"
        " `publisher news item.json --dry-run`."
    )
    assert (looked in shown) is records
    assert ("Next: `publisher news item.json`" in shown) is then
    for words in (("--json",), ("--officer", "sam", "--json")):
        assert len(bench.run("check", "item.json", *words).lines) == 1
    assert "words handed in before" not in bench.run("check", "item.json", "--officer", "sam").out


def test_check_for_an_officer_looks_at_the_registers(bench: Bench) -> None:
    """A consent that nobody registered is found with --officer, as the help says, and as handing in does."""
    image = {
        "path": "a.jpg",
        "alt": "A gardener",
        "people": True,
        "rights": "consent",
        "reference": "C-8",
        "credit": "Jo Hall",
    }
    bench.write("a.jpg", picture())
    bench.write("item.json", json.dumps(NEWS | {"images": [image]}))
    assert bench.run("consent", "add", "C-7", "--as", "sam").code == 0
    alone = bench.run("check", "item.json")
    assert (alone.code, "The register of consents" in alone.out) == (0, True), alone
    codes = [
        bench.run(*words).code
        for words in (("check", "item.json", "--officer", "sam"), ("news", "item.json"))
    ]
    assert codes == [3, 3]
    told = "look at the register of consents, closed channels and words handed in before"
    assert told in " ".join(bench.run("check", "--help").out.split())


@pytest.mark.long
def test_prose_is_as_wide_as_a_narrow_terminal(bench: Bench) -> None:
    """A terminal of 40 characters, or COLUMNS, wraps what the gate says; a wider one, and a pipe, leave it as it is."""
    long = "The register shows nothing of it, so somebody has to look, and this line goes on for long enough."
    bench.write(
        "rules/asking.toml",
        ASKING.format("apples", 'override = "approver"').replace("Leave apples out.", long),
    )
    bench.write("item.json", json.dumps(NEWS | {"summary": "We like apples."}))

    def widest(shown: bytes) -> int:
        lines = shown.decode().replace("\r", "").splitlines()
        start = next(number for number, line in enumerate(lines) if "→" in line)
        return max(map(len, lines[start : next(n for n, line in enumerate(lines) if "finding" in line)]))

    words = ("check", "item.json", "--no-color")
    whole = widest(bench.process(*words, environment={"COLUMNS": ""}).stdout)
    assert 60 < whole <= 80
    assert widest(bench.process(*words, environment={"COLUMNS": "200"}).stdout) == whole
    assert widest(bench.process(*words, environment={"COLUMNS": "40"}).stdout) <= 40
    for columns, most in ((40, 40), (200, whole)):
        _, shown = bench.terminal(list(words), columns=columns)
        assert columns == 200 or widest(shown) <= most
        assert columns == 40 or widest(shown) == most


def test_check_needs_no_queue_no_key_and_no_secret(bench: Bench) -> None:
    """The gate alone works in a folder that holds nothing but config.toml."""
    import shutil

    shutil.rmtree(bench.folder / "data")
    answer = bench.run("check", "--jsonl", stdin=json.dumps(NEWS).encode())
    assert (answer.code, answer.json["verdict"]) == (0, "clear")
    assert not (bench.folder / "data").exists()


def test_check_looks_at_the_pictures_of_a_file(bench: Bench) -> None:
    """A picture that is missing or none is bad input, named; in a stream, where no folder is, it is only unseen."""
    item = NEWS | {"images": [{"path": "a.jpg", "alt": "Readers at a table"}]}
    bench.write("item.json", json.dumps(item))
    assert "images[0].path" in bench.run("check", "item.json").err
    for content, told in ((b"no picture", "a.jpg is a text, not"), (picture(100, 100), "a.jpg is 100 pixels wide"),
                          (picture()[:500], "a.jpg is damaged"), (b"", "a.jpg is empty")):  # fmt: skip
        bench.write("a.jpg", content)
        for words in (("check", "item.json"), ("preview", "item.json"), ("news", "item.json")):
            answer = bench.run(*words)
            assert (answer.code, "images[0]" in answer.err, told in answer.err) == (2, True, True), answer
    bench.write("a.jpg", picture())
    assert bench.run("check", "item.json").code == 0
    assert bench.run("check", "--jsonl", stdin=json.dumps(item).encode()).json["verdict"] == "clear"


BAD_LINES: list[tuple[bytes, Any]] = [
    (b"", None),
    (b"   ", None),
    (b"{", None),
    (b"\xff\xfe", None),
    (b"null", None),
    (b"[]", None),
    (b'{"id": "seven", "kind": "news"}', "seven"),
    (b'{"id": 7, "kind": "news", "title": "x"}', 7),
    (b'{"id": "eight", "kind": "sonnet", "title": "x"}', "eight"),
    (b'{"id": "nine", "kind": "news", "title": "x", "channels": ["nowhere"]}', "nine"),
    (b'{"id": "ten", "kind": "news", "title": "\\ud800"}', "ten"),
    (b'{"id": "eleven", "kind": "event", "title": "x", "starts_at": "9999-12-31T23:59:59-12:00"}', "eleven"),
    (b'{"id": "twelve", "kind": "news", "title": "' + b"x" * (3 * MAX_ITEM_BYTES) + b'"}', None),
    (b"[" * 100_000, None),
    (b'{"id": "thirteen", "kind": "news", "title": "x", "timezone": "../etc/passwd"}', "thirteen"),
]


def test_a_stream_answers_every_line_in_order(bench: Bench) -> None:
    """One line in, one line out: a bad line is only its own error, and the rest go on; exit code 0."""
    lines: list[bytes] = []
    for number, (line, _) in enumerate(BAD_LINES):
        lines += [json.dumps(NEWS | {"id": f"good{number}"}).encode(), line]
    answer = bench.run("check", "--jsonl", stdin=b"\n".join(lines) + b"\n")
    assert answer.code == 0
    assert len(answer.lines) == len(lines)
    good, bad = answer.lines[::2], answer.lines[1::2]
    assert [verdict["id"] for verdict in good] == [f"good{number}" for number in range(len(BAD_LINES))]
    assert {verdict["verdict"] for verdict in good} == {"clear"}
    assert set(good[0]) == {"id", "verdict", "findings", "policy", "digest", "cost_usd"}
    assert all(error["error"] for error in bad)
    assert [error.get("id") for error in bad] == [known for _, known in BAD_LINES]


def test_a_streams_errors_are_in_plain_words(bench: Bench) -> None:
    """No codec's or parser's own text reaches whoever sent the line."""
    answer = bench.run(
        "check", "--jsonl", stdin=b'{"a\xff\n{"kind": }\n' + b'{"version": ' + b"9" * 5_000 + b"}"
    )
    errors = [line["error"] for line in answer.lines]
    assert errors[0].startswith("not UTF-8 at byte 4.")
    assert "at character 10" in errors[1]
    assert "endless number" in errors[2]
    assert not any("codec" in error or "Exceeds" in error for error in errors)


def test_a_stream_ends_lines_as_windows_does(bench: Bench) -> None:
    """CRLF, a byte order mark and a last line without its end are no errors."""
    line = json.dumps(NEWS).encode()
    answer = bench.run("check", "--jsonl", stdin=b"\xef\xbb\xbf" + line + b"\r\n" + line)
    assert [verdict.get("verdict") for verdict in answer.lines] == ["clear", "clear"]


def test_the_same_line_has_the_same_digest(bench: Bench) -> None:
    """Deterministic: same item, same policy, same verdict, same digest, in another process, too."""
    line = json.dumps(NEWS).encode()
    here = bench.run("check", "--jsonl", stdin=line)
    there = bench.process("check", "--jsonl", stdin=line)
    assert here.out.encode() == there.stdout


def test_check_can_judge_who_asks(bench: Bench) -> None:
    """--officer adds clause 5a to the verdict."""
    line = json.dumps(NEWS).encode()
    assert bench.run("check", "--jsonl", "--officer", "sam", stdin=line).json["verdict"] == "clear"
    assert bench.run("check", "--jsonl", "--officer", "mallory", stdin=line).json["verdict"] == "block"


def test_a_finding_points_into_the_words(bench: Bench) -> None:
    """`start` and `end` cut exactly the words that a finding means out of its field."""
    item = NEWS | {"summary": "So 🎄 please ask me first about it."}
    answer = bench.run("check", "--jsonl", stdin=json.dumps(item).encode())
    (finding,) = (found for found in answer.json["findings"] if found["rule"] == "marking.test-review")
    assert item[finding["field"]][finding["start"] : finding["end"]] == "ask me first"


# --- preview -----------------------------------------------------------------------------------------------------


def test_preview_shows_what_the_queue_would_hold(bench: Bench) -> None:
    """The preview of a queued item is its stored posts, byte for byte, with lengths by each platform's counting."""
    made = bench.news()
    posts = bench.run("preview", made["id"], "--json").json["items"][0]["posts"]
    assert [post["channel"] for post in posts] == CHANNELS
    twitter = next(post for post in posts if post["channel"] == "twitter")
    assert made["link"] in twitter["text"]
    assert 0 < twitter["length"] <= twitter["limit"] == 280
    plain = bench.run("preview", made["id"]).out
    assert twitter["text"] in plain
    assert f"{twitter['length']} of 280" in plain
    assert twitter["cost_usd"] == 0.2
    assert "costs    $0.20, which the platform charges for this post" in plain
    assert "card     Library opens late" in plain


def test_preview_of_a_file_stores_nothing(bench: Bench) -> None:
    """A file is composed as if it were queued, pictures fitted, and nothing is left behind."""
    bench.write("a.jpg", picture(2000, 1000))
    bench.write("item.json", json.dumps(NEWS | {"images": [{"path": "a.jpg", "alt": "Readers at a table"}]}))
    shown = bench.run("preview", "item.json", "--json").json["items"][0]
    assert all(post["media"][0]["alt"] == "Readers at a table" for post in shown["posts"])
    assert all(0 < post["media"][0]["width"] <= 2000 for post in shown["posts"])
    page = next(post for post in shown["posts"] if "page" in post)
    assert [1, "Library opens late"] in page["headings"]
    assert bench.states() == []
    assert list((bench.folder / "data" / "media").iterdir()) == []


def test_the_page_of_cards_needs_nothing_from_elsewhere(bench: Bench) -> None:
    """--html writes one file: pictures inside, alt texts, no address loaded, everything escaped."""
    bench.write("a.jpg", picture())
    title = "Fish <script>alert(1)</script> & chips"
    bench.write(
        "item.json", json.dumps(NEWS | {"title": title, "images": [{"path": "a.jpg", "alt": 'A "sign"'}]})
    )
    answer = bench.run("preview", "item.json", "--html", "out.html")
    assert answer.out == "out.html\n"
    page = (bench.folder / "out.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert page.count('src="data:image/jpeg;base64,') == 5  # one on each channel, and in the card of the link
    assert 'alt="A &#34;sign&#34;"' in page
    assert page.count("src=") == 5
    council = config.load(bench.folder / "config.toml").council
    assert f'<html lang="{council.language}">' in page
    assert f"--brand: {council.colour};" in page
    assert "<link" not in page


def test_preview_shows_the_words_of_the_page(bench: Bench) -> None:
    """Summary and body of the website's page are there to read, in the text and on the cards."""
    bench.write("item.json", json.dumps(NEWS | {"body": "Bring <b>your</b> card & a friend."}))
    assert bench.run("preview", "item.json", "--html", "out.html").code == 0
    cards = (bench.folder / "out.html").read_text(encoding="utf-8")
    assert "Bring &lt;b&gt;your&lt;/b&gt; card &amp; a friend." in cards
    plain = bench.run("preview", "item.json").out
    website = plain[plain.index("── website") : plain.index("── facebook")]
    assert "# Library opens late" in website
    assert "Until 8pm on Thursdays." in website
    assert "Bring <b>your</b> card & a friend." in website


def test_preview_warns_of_what_does_not_go(bench: Bench) -> None:
    """What looks fine and yet is blocked or held says so first; what is clear or approved has no warning."""
    bench.write("item.json", json.dumps(NEWS | {"summary": FOR_BLOCK[1]}))
    assert (
        "blocked: it does not go out like this. `publisher check item.json`"
        in bench.run("preview", "item.json").out
    )
    bench.run("preview", "item.json", "--html", "out.html")
    assert "Blocked: it does not go out" in (bench.folder / "out.html").read_text(encoding="utf-8")
    held = bench.held()["id"]
    assert f"`publisher show {held}` says" in " ".join(bench.run("preview", held).out.split())
    assert bench.run("approve", held, "--reason", "Read it, and it is fine", officer="asha").code == 0
    assert bench.run("preview", held, "--json").json["items"][0]["warning"] == ""


def test_preview_of_nothing_says_where_to_look(bench: Bench) -> None:
    """An id that is not there is wrong input."""
    answer = bench.run("preview", "nothere")
    assert answer.code == 2
    assert "publisher list" in answer.err


@pytest.mark.parametrize(
    "words", [("show",), ("preview",), ("approve", "--reason", "Read it, and it is fine", "--as", "l\udcff")]
)
def test_an_id_of_odd_bytes_is_no_item(bench: Bench, words: tuple[str, ...]) -> None:
    """A terminal can hand over bytes that are no UTF-8; they name nothing, and are no bug."""
    answer = bench.run(*words, "x\udcff")
    assert answer.code in {1, 2}
    assert "went wrong inside" not in answer.err


def test_an_officer_of_odd_bytes_is_not_on_the_register(bench: Bench) -> None:
    """A login that nobody can have is refused as any unknown one is."""
    assert bench.run("news", "A title", "--summary", "Words.", "--as", "x\udcff").code == 1


def test_a_file_that_opens_and_cannot_be_read_is_named(bench: Bench) -> None:
    """A disk that fails in the middle is one line with the file's name, not a bug."""
    answer = bench.run("check", "/proc/self/mem")
    assert (answer.code, "/proc/self/mem cannot be read" in answer.err) == (2, True)


def test_who_only_looks_need_be_nobody(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container without accounts the gate answers as anywhere; who acts has to say who they are."""

    def nobody(_uid: int) -> None:
        raise KeyError

    made = bench.news()["id"]
    monkeypatch.delenv("PUBLISHER_OFFICER", raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    line = json.dumps(NEWS).encode()
    for words in (("check", "--jsonl"), ("list",), ("show", made), ("preview", made)):
        assert bench.run(*words, stdin=line).code == 0
    answer = bench.run("consent", "add", "FORM-1")
    assert (answer.code, "Say who you are with --as LOGIN." in answer.err) == (2, True)


def test_what_is_printed_holds_no_text_of_posts(bench: Bench) -> None:
    """The texts that findings mean are there to be quoted, masked; a program's log gets none of them unmasked."""
    bench.write("item.json", json.dumps(NEWS | {"summary": FOR_BLOCK[1]}))
    shown = bench.run("news", "item.json", "--at", soon(), "--json").json
    for words in (
        ("show", shown["id"]),
        ("check", "item.json"),
        ("check", "--jsonl", "item.json"),
        ("news", "item.json", "--dry-run"),
    ):
        shown |= bench.run(*words, "--json").json
    assert "posts" not in shown
    imported = bench.run("import", "item.json", "--dry-run", "--json").json["items"]
    assert "posts" not in imported[0]


def test_items_of_one_name_in_a_file_are_taken_once(bench: Bench) -> None:
    """The second item with an external_id of the same file is already here by then; tried first, both are judged."""
    item = NEWS | {"external_id": "42", "publish_at": soon()}
    bench.write("items.json", json.dumps([item, item]))
    tried = bench.run("import", "items.json", "--dry-run", "--json").json["items"]
    assert [(one["verdict"], "note" in one) for one in tried] == [("clear", False)] * 2
    first, second = bench.run("import", "items.json", "--json").json["items"]
    assert (second["id"], second["note"]) == (first["id"], "already here")
    assert bench.states() == ["queued"]
