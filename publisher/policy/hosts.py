"""Whose address is this? The council's own, somebody else's, a shortener's, or one that pretends to be the council's."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from urllib.parse import urlsplit

from publisher.settings import LOOPBACK_HOSTS

HTTPS_PORT = 443
KEPT = 4_096
"""Answers that are kept: every rule on links asks about the same few."""
_LOOKS_LIKE = str.maketrans(
    # Cyrillic, Greek, Latin variants and digits that pass for ASCII letters (Unicode TR 39, confusables; the common ones).
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u051b\u0432\u043d\u043a\u043c\u0442\u03b1\u03bf\u03bd\u03c1\u03b9\u03ba\u0131\u0261\u026a\u0251\u04bb\u0475\u04cf\u051d\u04af"
    "01345$",
    "aeopcyxijsdqbhkmtaovpikigiahvlwyoleass",
)


class Whose(StrEnum):
    """What an address is to the council."""

    OWN = "own"
    OTHER = "other"
    FALSE = "look-alike"
    DISGUISED = "disguised"


@dataclass(frozen=True, slots=True)
class Council:
    """The council's names and its addresses. `origins` are loopback addresses of a rehearsal, with their ports."""

    name: str
    domains: tuple[str, ...]
    short_name: str = ""
    origins: tuple[str, ...] = ()


@lru_cache(KEPT)
def whose(url: str, council: Council) -> Whose:
    """Whose address `url` is. One that hides where it leads is never the council's."""
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return Whose.DISGUISED
    if f"{parts.scheme}://{parts.netloc}" in council.origins:
        return Whose.OWN
    if not host or "@" in parts.netloc or "\\" in url or "%" in parts.netloc:
        return Whose.DISGUISED
    return _by_name(host, port, council)


def _by_name(host: str, port: int | None, council: Council) -> Whose:
    if is_below(host, council.domains):
        return Whose.OWN if port in {None, HTTPS_PORT} or host in LOOPBACK_HOSTS else Whose.DISGUISED
    if _pretends(host, council.domains):
        return Whose.FALSE
    return Whose.DISGUISED if any(map(_passes_for_latin, _decoded(host).split("."))) else Whose.OTHER


def is_below(host: str, domains: Sequence[str]) -> bool:
    """True where `host` is one of `domains` or below one, letter for letter."""
    ends = host.endswith(tuple(domains))  # most hosts do not: then that is all
    return ends and any(host == domain or host.endswith(f".{domain}") for domain in domains)


def why_not_own(url: str, council: Council) -> str:
    """Why an item's link may not be `url`; empty where it may: https (http on loopback), on the council's domains."""
    kind = whose(url, council)
    if kind is not Whose.OWN:
        return "is not on the council's own website"
    parts = urlsplit(url)
    plain = parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS
    return "" if parts.scheme == "https" or plain else "does not begin with https://"


def _pretends(host: str, domains: Sequence[str]) -> bool:
    seen = _skeleton(_decoded(host.rstrip(".")))
    for domain in domains:
        own = _skeleton(domain)
        inside = f".{own}." in f".{seen}."
        joined = own.replace(".", "-") in seen or seen.replace("-", "").startswith(own.replace(".", "") + ".")
        if inside or joined:
            return True
    return False


def _passes_for_latin(label: str) -> bool:
    """True for letters of another script that look like Latin ones, alone or among Latin ones (Unicode TR 39, 5).

    Accents make no disguise: Welsh names have them. A name wholly in another script is what it seems to be.
    """
    foreign = [
        letter
        for letter in label
        if letter.isalpha() and not unicodedata.name(letter, "").startswith("LATIN ")
    ]
    latin = any(letter.isascii() and letter.isalpha() for letter in label)
    return bool(foreign) and (latin or label.translate(_LOOKS_LIKE).isascii())


def _decoded(host: str) -> str:
    return ".".join(_label(label) for label in host.lower().split("."))


def _label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError, OverflowError):
        return label


def _skeleton(host: str) -> str:
    """What the name looks like at a glance: accents off, letters that look alike made one ("1", "l" and "i"), "rn" read as "m"."""
    wide = unicodedata.normalize("NFKD", host.lower())
    plain = "".join(character for character in wide if not unicodedata.combining(character))
    return plain.translate(_LOOKS_LIKE).replace("i", "l").replace("rn", "m").replace("vv", "w")
