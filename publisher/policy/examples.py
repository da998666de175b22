"""The examples that each rule carries: what it must flag and what it must let pass, run as written in the rule file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from publisher import item as items
from publisher.channels import Limits
from publisher.errors import PublisherError
from publisher.item import Item
from publisher.model import Media, Post, Verdict
from publisher.policy.context import Consent, Context, Designation, Terms
from publisher.policy.gate import Gate
from publisher.policy.registers import Registers, of_tables
from publisher.policy.rules import Rule, lacking

CHANNEL = "example"
NEEDS_READER = "second_reader"
"""The detector that says nothing without the second reader, which is optional."""
PLAIN = {
    "kind": "news",
    "title": "Library news",
    "summary": "The library opens at 9am.",
    "link": "https://www.{domain}/news/example",
}
NOT_ITEM = ("posts", "limits", "officer", "unseen", "today", "consents", "repeats", "terms", "registers")
"""Keys of an example that describe what is around the item: posts (`text`, `link`, `alts`, `channel`), limits, officer,
unseen, today (a date), consents (a list of tables), repeats, terms (a list of tables, each with its `channel`), registers (`election` and `site`, as rule files write them)."""


def failures(gate: Gate, domain: str) -> Iterator[str]:
    """One line for each example that does not do as its rule says. `domain` stands for {domain} in examples, and disguised for {look_alike} and {dashed}."""
    for rule in gate.book.rules.values():
        yield from failures_of(gate, rule, domain)


def failures_of(gate: Gate, rule: Rule, domain: str) -> Iterator[str]:
    """The same for one rule. It is tried as if active: a rule on trial must be right before it acts.

    The council's elections and sites are left out, or a built-in example might meet one of them; an example brings its own.
    One that cannot be applied is told once, with what it lacks.
    """
    if missing := lacking(rule, gate.book):
        yield f"{rule.id} cannot be applied: {missing}"
        return
    alone = gate.only(rule.id).with_registers(Registers())
    for wanted in ("flag", "pass"):
        if wanted == "flag" and rule.detector == NEEDS_READER and gate.reader is None:
            continue  # it can flag nothing where the second reader is not installed
        for example in rule.examples.get(wanted, ()):
            try:
                found = {finding.rule for finding in judge(alone, example, domain).findings}
            except (
                PublisherError,
                TypeError,
                KeyError,
            ) as error:  # a slip in the example, told like one in its rule
                yield f"{rule.id} has an example that cannot be tried: {example}; {error}"
                continue
            if (rule.id in found) is not (wanted == "flag"):
                yield f"{rule.id} does not {wanted}: {example}; found: {', '.join(sorted(found)) or 'nothing'}"


def judge(gate: Gate, example: Any, domain: str) -> Verdict:
    """The verdict on an example: a text is an item's summary; a table is merged into a plain item."""
    case = _filled(example if isinstance(example, dict) else {"summary": example}, domain)
    about = {key: case.pop(key) for key in NOT_ITEM if key in case}
    item = items.parse(_filled(PLAIN, domain) | case)
    posts = tuple(_post(item, post) for post in about.get("posts", [{}]))
    officer = Designation("example", about["officer"]) if "officer" in about else None
    limits = Limits(**{"text": 100_000, "images_max": 10} | about.get("limits", {}))
    context = Context(
        {post.channel: limits for post in posts}, officer, about.get("today"), tuple(about.get("unseen", ())),
        _consents(about.get("consents")), tuple(about.get("repeats", ())), terms=_terms(about.get("terms")),
    )  # fmt: skip
    if "registers" in about:
        gate = gate.with_registers(of_tables(about["registers"]))
    return gate.check(item, posts, context)


def _consents(given: Any) -> dict[str, Consent] | None:
    return None if given is None else {each["reference"]: Consent(**each) for each in given}


def _terms(given: Any) -> dict[str, Terms] | None:
    """Those of the channel that an example's post is for, where they name none."""
    if given is None:
        return None
    return {each.get("channel", CHANNEL): Terms(each["platform"], each.get("review_on")) for each in given}


def _post(item: Item, given: Mapping[str, Any]) -> Post:
    link = given.get("link", item.link or "")
    tags = " ".join(f"#{tag}" for tag in item.hashtags)
    text = given.get("text", f"{item.title}\n\n{item.summary}\n\n{link}\n\n{tags}".strip())
    alts = given.get("alts", [image.alt for image in item.images])
    media = tuple(Media(str(position), "image/jpeg", 0, 0, 0, alt) for position, alt in enumerate(alts))
    return Post(given.get("channel", CHANNEL), item.kind, item.title, text, link, "", media, item.hashtags)


def _look_alike(domain: str) -> str:
    """The domain with a digit in place of a letter; before another one where it has no such letter."""
    for letter, digit in (("l", "1"), ("o", "0"), ("i", "1"), ("e", "3"), ("a", "4"), ("s", "5")):
        if letter in domain.partition(".")[0]:
            return domain.replace(letter, digit, 1)
    return f"{domain}.com"


def _filled(value: Any, domain: str) -> Any:
    if isinstance(value, str):
        dashed, alike = domain.replace(".", "-"), _look_alike(domain)
        return value.replace("{domain}", domain).replace("{dashed}", dashed).replace("{look_alike}", alike)
    if isinstance(value, list):
        return [_filled(part, domain) for part in value]
    return (
        {key: _filled(part, domain) for key, part in value.items()} if isinstance(value, Mapping) else value
    )
