"""The detectors that rules may name. Each is a pure function from a Subject and a rule's parameters to Hits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from publisher.policy.detectors import (
    accessibility,
    contacts,
    conversation,
    cues,
    embargo,
    forms,
    hidden,
    homes,
    hostility,
    links,
    lives,
    markings,
    people,
    personal,
    phrases,
    politics,
    second_reader,
    sites,
    terms,
    wording,
)
from publisher.policy.subject import Hit, Subject

Detector = Callable[[Subject, Mapping[str, Any]], Iterable[Hit]]

DETECTORS: Mapping[str, Detector] = {
    "alt_is_empty_words": accessibility.alt_is_empty_words,
    "alt_is_title": accessibility.alt_is_title,
    "alt_missing": accessibility.alt_missing,
    "alt_too_long": accessibility.alt_too_long,
    "birth_date": homes.birth_date,
    "capitals": accessibility.capitals,
    "characters": accessibility.characters,
    "child_at_school": lives.child_at_school,
    "consent_not_registered": people.consent_not_registered,
    "consent_withdrawn": people.consent_withdrawn,
    "embargo_not_over": embargo.embargo_not_over,
    "emoji": accessibility.emoji,
    "flat": homes.flat,
    "hashtag_run_together": accessibility.hashtag_run_together,
    "hashtags_inside": forms.hashtags_inside,
    "hashtags_over": forms.hashtags_over,
    "hidden_characters": hidden.hidden_characters,
    "home_address": homes.home_address,
    "home_named": homes.home_named,
    "home_told": homes.home_told,
    "hostility": hostility.hostility,
    "identity_number": personal.identity_number,
    "link_missing": links.link_missing,
    "link_not_own": links.link_not_own,
    "link_of_another_page": links.link_of_another_page,
    "long_sentence": accessibility.long_sentence,
    "look_alike": links.look_alike,
    "mailbox": contacts.mailbox,
    "marked_file_name": markings.marked_file_name,
    "marking": markings.marking,
    "markup": hidden.markup,
    "mention": conversation.mention,
    "mobile": contacts.mobile,
    "named_in_election": politics.named_in_election,
    "needs_picture": forms.needs_picture,
    "not_designated": people.not_designated,
    "people_not_declared": people.people_not_declared,
    "people_without_reference": people.people_without_reference,
    "permalink": conversation.permalink,
    "personal_fact": lives.personal_fact,
    "personal_phone": contacts.personal_phone,
    "phrases": phrases.phrases,
    "phrases_in_election": politics.phrases_in_election,
    "picture_expired": people.picture_expired,
    "picture_not_seen": forms.picture_not_seen,
    "question_at_end": conversation.question_at_end,
    "quotation_over": cues.quotation_over,
    "repeat": forms.repeat,
    "rights_without": people.rights_without,
    "same_on_several": forms.same_on_several,
    "second_reader": second_reader.second_reader,
    "shortener": links.shortener,
    "summary_missing": forms.summary_missing,
    "terms": terms.terms,
    "terms_not_checked": sites.terms_not_checked,
    "text_too_long": forms.text_too_long,
    "together": cues.together,
    "unlabelled": links.unlabelled,
    "unsafe_link": sites.unsafe_link,
    "unused_evidence": people.unused_evidence,
    "wording": wording.wording,
}
"""By the name that rule files use."""

SOUGHT: Mapping[str, Callable[[Mapping[str, Any]], tuple[str, ...]]] = {
    "birth_date": phrases.sought,
    "child_at_school": phrases.sought,
    "embargo_not_over": phrases.sought,
    "flat": phrases.sought,
    "home_address": phrases.sought,
    "home_named": phrases.sought,
    "home_told": phrases.sought,
    "hostility": hostility.sought,
    "identity_number": phrases.sought,
    "mailbox": phrases.sought,
    "marking": phrases.sought,
    "mobile": phrases.sought,
    "personal_fact": phrases.sought,
    "personal_phone": phrases.sought,
    "phrases": phrases.sought,
    "phrases_in_election": phrases.sought,
    "together": phrases.sought,
}
"""From a rule's parameters, the phrases of which one must be in a text: without any of them its detector is not asked."""

OF_PICTURES = frozenset(
    [
        "consent_not_registered",
        "consent_withdrawn",
        "marked_file_name",
        "people_not_declared",
        "people_without_reference",
        "picture_expired",
        "rights_without",
    ]
)
"""Detectors of the item's own pictures: where it has none, they are not asked."""
