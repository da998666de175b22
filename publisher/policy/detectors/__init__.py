"""The detectors that rules may name. Each is a pure function from a Subject and a rule's parameters to Hits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from publisher.policy.detectors import accessibility, conversation, forms, links, people, phrases
from publisher.policy.subject import Hit, Subject

Detector = Callable[[Subject, Mapping[str, Any]], Iterable[Hit]]

DETECTORS: Mapping[str, Detector] = {
    "alt_is_empty_words": accessibility.alt_is_empty_words,
    "alt_is_title": accessibility.alt_is_title,
    "alt_missing": accessibility.alt_missing,
    "alt_too_long": accessibility.alt_too_long,
    "characters": accessibility.characters,
    "emoji": accessibility.emoji,
    "hashtag_run_together": accessibility.hashtag_run_together,
    "hashtags_inside": forms.hashtags_inside,
    "hashtags_over": forms.hashtags_over,
    "link_missing": links.link_missing,
    "link_not_own": links.link_not_own,
    "link_of_another_page": links.link_of_another_page,
    "look_alike": links.look_alike,
    "mention": conversation.mention,
    "needs_picture": forms.needs_picture,
    "not_designated": people.not_designated,
    "people_without_reference": people.people_without_reference,
    "permalink": conversation.permalink,
    "phrases": phrases.phrases,
    "picture_not_seen": forms.picture_not_seen,
    "rights_without": people.rights_without,
    "shortener": links.shortener,
    "summary_missing": forms.summary_missing,
    "text_too_long": forms.text_too_long,
    "unlabelled": links.unlabelled,
    "unused_evidence": people.unused_evidence,
}
"""By the name that rule files use."""
