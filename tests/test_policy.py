"""The gate: what it says of items and posts, and that it says the same every time."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import policy_support as support
import pytest
from policy_support import DOMAIN, LINK, check, news, post, rules_of

from publisher.channels import Limits
from publisher.item import Item
from publisher.model import Finding, Kind, Media, Severity, Verdict, VerdictOutcome
from publisher.policy import Context, Designation, Gate, Override, content_digest
from publisher.policy.detectors import DETECTORS, OF_PICTURES
from publisher.policy.subject import Subject


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Gate:
    """The built-in rules for the council of the examples."""
    return support.gate(tmp_path_factory.mktemp("gate"))


def test_plain_council_news_passes_untouched(gate: Gate) -> None:
    """An ordinary item has no finding at all, not even advice."""
    item = news(body="Ring 0300 123 1234 or write to libraries@example.gov.uk.", hashtags=["Libraries"])
    verdict = check(gate, item, post(item), post(item, "twitter"))
    assert (verdict.outcome, verdict.findings) == (VerdictOutcome.CLEAR, ())


def test_every_reason_is_given_at_once(gate: Gate) -> None:
    """Clause by clause: an officer sees all that is wrong, the worst first, not one thing after the other."""
    item = news(
        summary="",
        title="Thanks @jo, see https://bit.ly/a \U0001d5fb\U0001d5fc\U0001d604",
        images=[{"path": "a.jpg", "alt": ""}],
    )
    verdict = check(gate, item, post(item, text="nothing"))
    assert {
        "one-way.mention", "third-party.shortener", "third-party.unlabelled-link", "accessibility.styled-letters",
        "accessibility.alt-missing", "link.missing", "format.summary-missing",
    } == set(rules_of(verdict))  # fmt: skip
    severities = [finding.severity for finding in verdict.findings]
    assert severities == sorted(severities, key=list(Severity).index)
    assert verdict.outcome is VerdictOutcome.BLOCK


def test_a_finding_says_where(gate: Gate) -> None:
    """`start` and `end` cut the words that are meant out of the field."""
    item = news(summary="Many thanks to @jo for this.")
    (finding,) = check(gate, item).findings
    assert (finding.field, finding.channel) == ("summary", None)
    assert item.summary[finding.start : finding.end] == "@jo"
    assert "@jo" in finding.message
    assert finding.clause == "5a"


def test_an_item_and_its_posts_are_told_once(gate: Gate) -> None:
    """What the item says is not said again for each post that repeats it."""
    item = news(summary="Many thanks to @jo for this.")
    assert rules_of(check(gate, item, post(item), post(item, "twitter"))) == ["one-way.mention"]


CHAIN_LETTER = "Send this to ten friends before midnight. Don't break the chain, or bad luck will follow you!"


def chain_mail(verdict: Verdict) -> list[Finding]:
    return [finding for finding in verdict.findings if finding.rule.startswith("chain-mail.")]


def test_a_chain_letter_is_one_finding(gate: Gate) -> None:
    """Several rules know it, by many of its words: an officer decides once, and reads how many more say the same."""
    item = news(title="A prayer", summary=CHAIN_LETTER)
    (finding,) = chain_mail(check(gate, item, *(post(item, name) for name in ("facebook", "twitter"))))
    assert (finding.field, finding.channel) == ("summary", None)
    assert re.search(r"\. \d+ more findings say the same\.$", finding.message)


def test_the_one_finding_of_a_text_is_let_go_for_all(gate: Gate) -> None:
    """It stands for all that says the same: with an override of it nothing else is open."""
    gate = gate.only(*(name for name in gate.book.rules if name.startswith("chain-mail.")))
    item = news(summary=CHAIN_LETTER)
    (finding,) = check(gate, item).findings
    until = date(2027, 1, 1)
    override = Override(finding.rule, finding.id, content_digest(item, []), "sam", "A play's title", until)
    verdict = check(gate, item, overrides=(override,), today=date(2026, 12, 1))
    assert (verdict.outcome, rules_of(verdict)) == (VerdictOutcome.CLEAR, [finding.rule])


def test_what_posts_make_of_an_items_words_is_one_finding(gate: Gate) -> None:
    """Title and summary, harmless each alone, make a chain letter in every post: it is told once, of a post."""
    item = news(
        title="Thieves leave a bottle on your bonnet.",
        summary="When you get out they take the car. Please spread to all drivers.",
    )
    assert chain_mail(check(gate, item)) == []
    posts = [post(item, name) for name in ("facebook", "twitter", "instagram")]
    assert [finding.channel for finding in chain_mail(check(gate, item, *posts))] == ["facebook"]


def test_what_the_item_says_is_told_of_the_item(gate: Gate) -> None:
    """Where a post finds more in the item's words than the item did, the finding is still the item's: there it is mended."""
    item = news(
        title="Girl found abducted in a car park by the ring road.",
        summary="Keep your daughters inside and pass this on please!!!",
    )
    (finding,) = chain_mail(check(gate, item, post(item)))
    assert (finding.field, finding.channel) == ("summary", None)


def test_each_text_has_its_own_finding(gate: Gate) -> None:
    """A chain letter in another field, or in a post alone, is another finding."""
    item = news(summary=CHAIN_LETTER, body="Forward this to twelve people.")
    found = chain_mail(check(gate, item, post(item, text=f"Copy and paste this as your status. {LINK}")))
    assert {(each.field, each.channel) for each in found} == {
        ("summary", None), ("body", None), ("text", "facebook"),
    }  # fmt: skip
    assert len(found) == len({(each.field, each.channel) for each in found})


def test_words_that_only_a_post_holds_are_found(gate: Gate) -> None:
    """A template, or a row changed in the database, cannot put in what the item could not say."""
    item = news()
    verdict = check(gate, item, post(item, "twitter", text=f"Tag a friend! {LINK}"))
    assert "one-way.bait" in rules_of(verdict)
    assert {(finding.channel, finding.field) for finding in verdict.findings} == {("twitter", "text")}


def test_a_label_cut_off_in_a_post_is_missed(gate: Gate) -> None:
    """A link that the item labels must be labelled in each post too (clause 5e)."""
    item = news(summary="Advice (external website): https://www.nhs.uk/flu")
    verdict = check(gate, item, post(item, text=f"Advice: https://www.nhs.uk/flu {LINK}"))
    assert [(finding.rule, finding.channel) for finding in verdict.findings] == [
        ("third-party.unlabelled-link", "facebook")
    ]


def test_a_page_need_not_link_to_itself(gate: Gate) -> None:
    """The channel that makes the item's page is no platform: its post is the page."""
    item = news()
    assert rules_of(check(gate, item, post(item, "website", text="<html></html>", page={}))) == []


def test_another_channel_cannot_pass_for_a_page(gate: Gate) -> None:
    """Which channel makes the page is said by its adapter, not by the post."""
    item = news()
    assert rules_of(check(gate, item, post(item, text="no link", page={}))) == ["link.missing"]


@pytest.mark.parametrize("port", ["8123", "443"])
def test_a_rehearsals_own_pages_are_the_councils(tmp_path: Path, port: str) -> None:
    """With the website's channel on loopback, links to exactly that address are own links; the council's stay so."""
    gate = support.gate(tmp_path, endpoint=f"http://127.0.0.1:{port}")
    link = f"http://127.0.0.1:{port}/news/x/?c=abc"
    item = news(link=None)
    assert rules_of(check(gate, item, post(item, link=link, text=f"News {link}"))) == []
    assert rules_of(check(gate, news(), post(news()))) == []


@pytest.mark.parametrize(
    "link", ["http://127.0.0.1:8124/news/x", "https://127.0.0.1/x", "http://localhost/x"]
)
def test_loopback_is_nobodys_website(gate: Gate, link: str) -> None:
    """Outside a rehearsal, no reader can open a page on this machine."""
    assert "link.not-own" in rules_of(check(gate, news(link=link)))


@pytest.mark.parametrize(
    "link",
    [
        f"https://{DOMAIN}.evil.com/", f"https://evil.com/?{DOMAIN}", f"https://evil.com#{DOMAIN}", f"https://x{DOMAIN}/",
        f"https://www.{DOMAIN}:444/", f"https://{DOMAIN}:0443/x@evil.com:1/", f"https://a@{DOMAIN}/", f"https://{DOMAIN}./",
        "https://www.\u0435\u0445\u0430mple.gov.uk/", "https://xn--xample-2of.gov.uk/", f"https://{DOMAIN}%2eevil.com/", "https:///news", "x",
        f"//{DOMAIN}/news", f"https:\\\\{DOMAIN}\\", f"https://{DOMAIN}\\.evil.com/", f"https://evil.com\\{DOMAIN}/",
    ],
)  # fmt: skip
def test_addresses_that_pretend_are_refused(gate: Gate, link: str) -> None:
    """No spelling of somebody else's address is taken for the council's own (clause 5a)."""
    found = set(rules_of(check(gate, news(link=link))))
    allowed = f"https://{DOMAIN}:0443/x@evil.com:1/"  # port 443, and the rest is a path
    assert ("link.not-own" in found) is (link != allowed)


def test_an_officer_who_is_not_designated_is_blocked(gate: Gate) -> None:
    """Clauses 5a and 5c: the gate, too, knows who may post; without an officer it judges the content alone."""
    verdict = check(gate, news(), officer=Designation("jo", "is suspended"))
    assert (verdict.outcome, rules_of(verdict)) == (VerdictOutcome.BLOCK, ["officer.not-designated"])
    assert "is suspended" in verdict.findings[0].message
    assert check(gate, news(), officer=Designation("jo", "")).outcome is VerdictOutcome.CLEAR


def test_people_shown_are_for_a_second_officer(gate: Gate) -> None:
    """Without a recorded basis a machine cannot decide: review, not block (clause 5d)."""
    item = news(images=[{"path": "a.jpg", "alt": "Two gardeners plant a tree", "people": True}])
    assert check(gate, item).outcome is VerdictOutcome.REVIEW


def test_evidence_satisfies_a_rule_that_accepts_it(gate: Gate) -> None:
    """The finding stays for the record, as advice that names the evidence."""
    image = {"path": "a.jpg", "alt": "Two gardeners plant a tree", "people": True}
    verdict = check(gate, news(images=[image], evidence={"consent.people": "form C-7"}))
    assert verdict.outcome is VerdictOutcome.CLEAR
    assert [finding.severity for finding in verdict.findings] == [Severity.ADVISE]
    assert "form C-7" in verdict.findings[0].message


@pytest.mark.parametrize("given", ["", "  "])
def test_empty_evidence_is_none(gate: Gate, given: str) -> None:
    """An empty text satisfies nothing."""
    image = {"path": "a.jpg", "alt": "Two gardeners plant a tree", "people": True}
    assert (
        check(gate, news(images=[image], evidence={"consent.people": given})).outcome is VerdictOutcome.REVIEW
    )


def test_evidence_does_not_satisfy_a_rule_that_accepts_none(gate: Gate) -> None:
    """A missing link back is no matter of evidence; the officer is told that it changes nothing."""
    item = news(evidence={"link.missing": "we agreed"})
    verdict = check(gate, item, post(item, text="no link"))
    assert verdict.outcome is VerdictOutcome.BLOCK
    assert rules_of(verdict) == ["link.missing", "format.unused-evidence"]


def test_misspelt_evidence_is_told_with_the_nearest_rule(gate: Gate) -> None:
    """Whoever gives evidence for a rule that there is not learns which may have been meant, if one is like it."""
    item = news(evidence={"personal-data.mobil": "his own shop's number", "zzz": "nothing"})
    near, far = (finding.message for finding in check(gate.only("format.unused-evidence"), item).findings)
    assert near.endswith("Did you mean personal-data.mobile?")
    assert "Did you mean" not in far


def test_alt_texts_are_measured_for_each_channel(gate: Gate) -> None:
    """Each channel's own limit counts: what one takes another refuses."""
    item = news(images=[{"path": "a.jpg", "alt": "The new library's front door"}])
    limits = {"twitter": Limits(text=9_999, alt=20), "facebook": Limits(text=9_999, alt=28)}
    verdict = check(gate, item, post(item), post(item, "twitter"), limits=limits)
    assert [(finding.rule, finding.channel) for finding in verdict.findings] == [
        ("accessibility.alt-too-long", "twitter")
    ]


def test_a_post_of_exactly_the_limit_fits(gate: Gate) -> None:
    """280 by X's counting goes, 281 does not: the link counts 23, however long it is."""
    item = news()
    fits, over = (f"{'a' * length} {LINK}" for length in (256, 257))
    limits = {"twitter": Limits(text=280, measure="x")}
    assert rules_of(check(gate, item, post(item, "twitter", text=fits), limits=limits)) == []
    assert rules_of(check(gate, item, post(item, "twitter", text=over), limits=limits)) == ["format.too-long"]


def test_a_picture_that_was_not_seen_is_said(gate: Gate) -> None:
    """A check without files says so, and is not stopped by it."""
    item = news(images=[{"path": "a.jpg", "alt": "The new library's front door"}])
    verdict = check(gate, item, unseen=(0,))
    assert (verdict.outcome, rules_of(verdict)) == (VerdictOutcome.CLEAR, ["format.picture-not-seen"])


def test_a_channel_without_limits_is_never_clear(gate: Gate) -> None:
    """What a rule needs and does not get makes a person decide; it is no pass."""
    item = news()
    verdict = check(gate, item, post(item), limits={})
    assert verdict.outcome is VerdictOutcome.REVIEW
    assert set(rules_of(verdict)) == {"format.rule-failed"}
    assert any("format.too-long" in finding.message for finding in verdict.findings)


@pytest.mark.parametrize("detector", sorted(OF_PICTURES))
def test_what_looks_at_pictures_finds_none_where_there_are_none(gate: Gate, detector: str) -> None:
    """A rule that is not asked of items without pictures would have nothing to say of one: not even of its title card."""
    item, tables = news(), gate.book.tables
    card = Media("0", "image/jpeg", 1, 1, 1, "Children of Year 6 at school, named confidential")
    context = Context({}, today=date(2026, 11, 25), consents={})
    subject = Subject(item, (post(item, media=(card,)),), context, gate.council)
    rules = [rule for rule in gate.book.rules.values() if rule.detector == detector]
    assert rules
    for rule in rules:
        given = rule.parameters.items()
        named = {key: tables[value[6:]] if str(value).startswith("table:") else value for key, value in given}
        assert list(DETECTORS[detector](subject, named)) == []


def test_events_are_judged_like_news(gate: Gate) -> None:
    """A diary event's place and words pass through the same rules."""
    item = news(kind="event", starts_at="2026-12-01 09:00", location="Town hall, see @jo")
    assert item.kind is Kind.EVENT
    assert [(finding.rule, finding.field) for finding in check(gate, item).findings] == [
        ("one-way.mention", "location")
    ]


def test_the_order_of_posts_does_not_matter(gate: Gate) -> None:
    """Same posts, same digest."""
    item = news(summary="Thanks to @jo.")
    posts = [post(item), post(item, "twitter")]
    assert check(gate, item, *posts) == check(gate, item, *reversed(posts))


@pytest.mark.parametrize("change", ["title", "summary", "post", "link", "alt"])
def test_any_edit_changes_the_digest(gate: Gate, change: str) -> None:
    """A verdict belongs to the exact item and posts that were looked at."""
    image = {"path": "a.jpg", "alt": "The new library's front door"}
    item = news(images=[image])
    changes: dict[str, dict[str, object]] = {"title": {"title": "Library New"}, "summary": {"summary": "It opens at 10am."}, "link": {"link": LINK + "2"},
               "alt": {"images": [image | {"alt": "The old library's front door"}]}, "post": {}}  # fmt: skip
    other = news(**{"images": [image], **changes[change]})
    posted = post(other, text=f"Another text {LINK}") if change == "post" else post(other)
    assert check(gate, item, post(item)).digest != check(gate, other, posted).digest


REPLAY = """
import sys
from pathlib import Path
import policy_support as support
item = support.news(summary="Thanks @jo, see https://bit.ly/a and www.nhs.uk/flu", hashtags=["cleanairday"], evidence={"b": "1", "a": "2"})
verdict = support.check(support.gate(Path(sys.argv[1])), item, support.post(item), support.post(item, "twitter"))
print(verdict.policy, verdict.digest)
"""


@pytest.mark.long
def test_verdicts_are_the_same_in_every_process(tmp_path: Path) -> None:
    """Neither hash seed, locale nor time zone changes a verdict, its digest or the policy's version."""
    root = Path(__file__).parent.parent
    told = {
        subprocess.run(
            [sys.executable, "-c", REPLAY, str(tmp_path)],
            env={**os.environ, "PYTHONPATH": f"{root}:{root / 'tests'}", "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed, zone, locale in (("0", "UTC", "C"), ("7", "Asia/Tokyo", "C.UTF-8"))
    }  # fmt: skip
    assert len(told) == 1
    assert len(told.pop().split()[1]) == 64


def test_the_day_alone_changes_nothing_without_a_dated_rule(gate: Gate) -> None:
    """The day is an input for rules with dates; the others give the same verdict tomorrow."""
    item = news()
    assert check(gate, item, today=date(2026, 1, 1)) == check(gate, item, today=date(2027, 1, 1))


@pytest.mark.parametrize(
    "part",
    [
        "a.a.a.",
        "((((",
        "@@@@",
        "https://evil.com/a ",
        "comment below ",
        "#Tag ",
        "👩\u200d",
        "tell us a ",
        "[a](",
        "\u0301",
        "The NHS website ",
    ],
)
@pytest.mark.long
def test_a_flood_of_anything_gets_an_answer(gate: Gate, part: str) -> None:
    """Text of any size and shape is judged without a crash or a search that never ends."""
    text = part * (200_000 // len(part))
    item = Item.model_construct(**{**news().__dict__, "body": text})
    verdict = check(gate, item, post(item, text=f"{text} {LINK}"))
    assert "format.rule-failed" not in rules_of(verdict)


@pytest.mark.parametrize(
    "text", ["\ud800", "\x00", "\u202e\u2066abc", "<script>alert(1)</script>", "{text} {channel}", "%s"]
)
def test_odd_characters_do_no_harm(gate: Gate, text: str) -> None:
    """Nothing in a text is taken for a format, a tag or an order; nothing makes a rule fail."""
    item = Item.model_construct(**{**news().__dict__, "body": text})
    assert "format.rule-failed" not in rules_of(gate.check(item, [], Context({})))
