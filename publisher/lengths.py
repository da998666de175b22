"""How each platform counts a text, and the one finder of links that the counter, the gate and the pages share.

X's rules: weights, 23 for a link and 2 for an emoji (docs.x.com, "Counting characters"; its open-source twitter-text,
config v3). Where X's own answer is not certain, this counts more, never less: a post is refused here, not there.
Every function is linear in the text: what is matched is a run of one class of characters, read once.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate
from pathlib import Path

LINK_WEIGHT = 23
"""What X counts for a link of any length: t.co's own."""
EMOJI_WEIGHT = 2
MAX_LINK = 4_096
"""The longest link that X turns into one (twitter-text, MAX_URL_LENGTH)."""
KEPT_TEXTS = 64
"""Texts whose links and weight are kept: whoever composes, counts and judges an item asks about the same few."""
KEPT_NAMES = 1_024
"""Names that are kept with what was found of them: most links lead to the council's own website."""
MAX_LABEL = 63
MAX_HOST = 253
"""RFC 1035 section 2.3.4: octets of a label and of a name."""
ELLIPSIS = "…"
SENTENCE_SHARE = 0.6
"""A cut at the end of a sentence is taken if it keeps this share of the room; else the cut is at a word."""
X = "x"

_LATIN = "A-Za-z0-9À-ÖØ-öø-ɏ"
_HEAVY = re.compile("[^\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")
"""What weighs 2: all but the weight-1 ranges 0-4351, 8192-8205, 8208-8223, 8242-8247 (twitter-text, config v3)."""
_NAMED = rf"{_LATIN}\u0370-\u058f\u1e00-\u1eff"
_HTTP = "[Hh][Tt][Tt][Pp][Ss]?://"
_START = re.compile(rf"{_HTTP}|[{_NAMED}][{_NAMED}_.\-]*+")
_DOT_WITHIN = re.compile(r"\.[^\s.]")
_SCHEME_END = re.compile("://")
"""Every link has one of them, in its first word; most texts have neither."""
_NO_START = re.compile(
    rf"(?>(?:[^{_NAMED}]++|(?!{_HTTP})[{_NAMED}](?>(?:[{_NAMED}_\-]++|\.(?![{_NAMED}]))*)(?!\.))*)"
)
"""What lies before the next beginning of a link: all but `http://` and words with a dot before a letter."""
_AUTHORITY = re.compile(
    r"[^\s/?#<>\"(){}|^`,;!\\\uff0c\u3002\u3001\uff1b\uff01\uff1f\uff08\uff09\u300c\u300d\u3010\u3011]*+"
)
_HOST = re.compile(r"[\w.\-☀-➿]*+")
_PORT = re.compile(r":\d{1,5}(?!\d)")
_IN_TAIL = rf"[{_LATIN}Ѐ-ӿ!*';:=+,.$/%#\[\]\-–_~@|&?]"
_TAIL = re.compile(rf"[/?#](?>(?:{_IN_TAIL}++|\({_IN_TAIL}{{0,256}}+\))*)")
"""Path, query, fragment. A bracket without its partner ends it: it belongs to the sentence."""
_TCO_TAIL = re.compile(r"/[A-Za-z0-9]++(?>(?:[?#][A-Za-z0-9=&%_#\-]*+)?)")
_LAST = re.compile(rf"[{_LATIN}Ѐ-ӿ=_#/+\-&)]")
_ASCII_WORD = re.compile(r"[a-z]+", re.IGNORECASE)
_NOT_AFTER = frozenset("@\uff20$#\uff03")
_NOT_AFTER_BARE = _NOT_AFTER | frozenset("/-_.")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})


@dataclass(frozen=True, slots=True)
class Link:
    """A link in a text, at `text[start:end]`. `host` is in lower case, as written (not decoded from punycode).

    `sure` says that X would make a link of exactly these characters; others are links to careful readers only.
    """

    start: int
    end: int
    url: str
    host: str
    sure: bool = True

    @property
    def explicit(self) -> bool:
        """True where the link is written with http:// or https://."""
        return self.url[:4].lower() == "http" and "://" in self.url[:8]

    @property
    def bare_name(self) -> bool:
        """True where only a name is written, such as `example.com`: neither scheme, www, nor path."""
        return self.url.lower() == self.host and not self.host.startswith("www.")


def count(text: str, measure: str) -> int:
    """How long a platform finds `text`: `x` for X's weighted count, else plain characters (code points)."""
    return weighted(text) if measure == X else len(text)


@lru_cache(KEPT_TEXTS)
def weighted(text: str) -> int:
    """X's weighted length. SOURCE: docs.x.com "Counting characters"; see the module's head."""
    normal = unicodedata.normalize("NFC", text)
    total, at = 0, 0
    for link in links(normal):
        total += _words(normal[at : link.start]) + _link_weight(link)
        at = link.end
    return total + _words(normal[at:])


def fit(text: str, limit: int, measure: str) -> str:
    """`text` within `limit`: whole, or cut after a sentence, or after a word with an ellipsis, or at a character."""
    if count(text, measure) <= limit:
        return text
    sentences = [match.start() + 1 for match in re.finditer(r"[.!?](?=\s)", text)]
    whole = _longest(text, sentences, limit, measure, "")
    if count(whole, measure) >= limit * SENTENCE_SHARE:
        return whole
    words = [match.start() for match in re.finditer(r"(?<=\S)\s", text)]
    cut = _longest(text, words, limit, measure, ELLIPSIS)
    return cut or _longest(text, list(range(1, len(text))), limit, measure, ELLIPSIS)


def _longest(text: str, cuts: list[int], limit: int, measure: str, ending: str) -> str:
    """The longest beginning that fits, by bisection; then backwards, since half a link weighs more than a whole."""
    low, high = 0, len(cuts)
    while low < high:
        middle = (low + high) // 2
        if count(_cut(text, cuts[middle], ending), measure) <= limit:
            low = middle + 1
        else:
            high = middle
    for position in range(low - 1, -1, -1):
        if count(found := _cut(text, cuts[position], ending), measure) <= limit:
            return found
    return ""


def _cut(text: str, at: int, ending: str) -> str:
    kept = text[:at].rstrip()
    return kept.rstrip(" ,;:.–-") + ending if ending else kept


# --- weights --------------------------------------------------------------------------------------------------


def _link_weight(link: Link) -> int:
    if link.sure or link.host in _LOOPBACK:  # a rehearsal's address stands in for the real one
        return LINK_WEIGHT
    own = _words(link.url)
    return max(LINK_WEIGHT, own) if link.explicit else LINK_WEIGHT + own


def _words(text: str) -> int:
    """The weight of a text that holds no link."""
    if text.isascii():
        return len(text)
    total, at = 0, 0
    for start, end in emoji(text):
        total += _plain(text[at:start]) + EMOJI_WEIGHT
        at = end
    return total + _plain(text[at:])


def _plain(text: str) -> int:
    return 2 * len(text) - len(_HEAVY.sub("", text))


# --- links ----------------------------------------------------------------------------------------------------


def cut(text: str, most: int) -> str:
    """At most so many characters, ended with a word where there is one."""
    if len(text) <= most:
        return text
    whole = text[:most].rpartition(" ")[0] or text[: most - 1]
    return whole.rstrip(" ,;:.") + "…"


def links(text: str) -> list[Link]:
    """Every link in the text, in order: http(s) addresses, and bare names with a real top-level domain."""
    return list(_links(text))


@lru_cache(KEPT_TEXTS)
def _links(text: str) -> tuple[Link, ...]:
    """The links; what lies before the first word that may hold one is not looked through."""
    marks = [mark.start() for mark in (_DOT_WITHIN.search(text), _SCHEME_END.search(text)) if mark]
    return tuple(_links_from(text, text.rfind(" ", 0, min(marks)) + 1)) if marks else ()


def _links_from(text: str, at: int) -> Iterator[Link]:
    while match := _START.match(text, _NO_START.match(text, at).end()):  # type: ignore[union-attr]  # it always matches
        found = list(_explicit(text, match) if match[0].endswith("//") else _bare(text, match))
        yield from found
        at = max(match.end(), found[-1].end if found else 0)


def _explicit(text: str, match: re.Match[str]) -> Iterator[Link]:
    """One link from `http://` on. What is not an address to X still is one to a browser: then it is not sure."""
    end = match.end() + _host_end(text, match.end())
    sure = end > match.end()
    if not sure:
        end = match.end() + len(_authority(text, match.end()))
    host = text[match.end() : end].lower()
    if not host or any(len(label) > MAX_LABEL for label in _ascii(host).split(".")):
        return
    before = text[match.start() - 1 : match.start()]
    stop = _tail_end(text, end, host)
    sure = sure and before not in _NOT_AFTER and stop - match.start() <= MAX_LINK
    yield Link(match.start(), stop, text[match.start() : stop], _host_alone(host), sure)


def _authority(text: str, at: int) -> str:
    """The name with anything that disguises it (user:password@), less what a sentence added."""
    found = _AUTHORITY.match(text, at)
    return (found[0] if found else "").rstrip(".:'’”*_")


def _host_alone(authority: str) -> str:
    host = authority.rpartition("@")[2]
    return host if host.startswith("[") else host.partition(":")[0]


def _bare(text: str, match: re.Match[str]) -> Iterator[Link]:
    """Names written without http, in one run of the characters that names are made of."""
    if "." not in match[0]:
        return
    at = match.start()
    while at < match.end():
        window = text[at : min(match.end(), at + MAX_HOST)]
        length = _known_end(window, text[at + len(window) : at + len(window) + 1])
        if not length:
            at += max(window.rfind(".") + 1, 1) if at + len(window) < match.end() else len(window)
            continue
        host, end = window[:length], at + length
        before, after = text[at - 1 : at], text[end : end + 1]
        if before in _NOT_AFTER or after in _NOT_AFTER or not _is_name(host):
            at = end
            continue
        stop = _tail_end(text, end, host.lower())
        sure = before not in _NOT_AFTER_BARE and not re.search("[\u0370-\u058f]", host)
        yield Link(at, stop, text[at:stop], host.lower(), sure)
        at = stop


def _host_end(text: str, at: int) -> int:
    """The length of the name at `at`, if it is one that X knows; else 0."""
    run = _HOST.match(text, at)
    window = run[0][: MAX_HOST + 1] if run else ""
    length = _known_end(window, text[at + len(window) : at + len(window) + 1])
    return length if length and _is_name(window[:length]) and "@" not in _authority(text, at) else 0


@lru_cache(KEPT_NAMES)
def _known_end(window: str, after: str) -> int:
    """Where the longest name in `window` that ends with a top-level domain ends; 0 where there is none."""
    labels = window.split(".")
    ends = list(accumulate((len(label) + 1 for label in labels), initial=-1))[1:]
    for position in range(len(labels) - 1, 0, -1):
        label, end = labels[position], ends[position]
        following = after if position == len(labels) - 1 else "."
        if label.lower() in _top_level() and not (following and following in "+@-_"):
            return end
        word = _ASCII_WORD.match(label)
        if word and word[0].lower() in _top_level() and ord(label[word.end() :][:1] or "a") > 0x24F:  # noqa: PLR2004  # after Latin
            return end - len(label) + word.end()
    return 0


@lru_cache(KEPT_NAMES)
def _is_name(host: str) -> bool:
    """A name as twitter-text accepts it: no label begins or ends with - or _, and _ is in sub-domains only."""
    labels = host.split(".")
    return (
        all(label and label[0] not in "-_" and label[-1] not in "-_" for label in labels)
        and "_" not in "".join(labels[-2:])
        and all(len(label) <= MAX_LABEL for label in _ascii(host).split("."))
        and not any(label.startswith("xn--") and not label.isascii() for label in labels)
    )


def _ascii(host: str) -> str:
    """The name as it goes into DNS, near enough to measure it."""
    return ".".join(
        label if label.isascii() else "xn--" + label.encode("punycode", "replace").decode("ascii")
        for label in host.split(".")
    )


def _tail_end(text: str, at: int, host: str) -> int:
    """Where port, path, query and fragment end. Doubtful characters end it early, which counts more."""
    if port := _PORT.match(text, at):
        at = port.end()
    tail = (_TCO_TAIL if host == "t.co" else _TAIL).match(text, at)
    if tail is None:
        return at
    kept = tail[0][:MAX_LINK]
    while kept and not _LAST.match(kept[-1]):
        kept = kept.rstrip(kept[-1])
    return at + len(kept)


@cache
def _top_level() -> frozenset[str]:
    """The top-level domains, with the decoded form of those that are not ASCII."""
    lines = Path(__file__).with_name("tlds.txt").read_text(encoding="utf-8").splitlines()
    names = {name for line in lines if not line.startswith("#") for name in line.split()}
    decoded = {name[4:].encode().decode("punycode") for name in names if name.startswith("xn--")}
    return frozenset(names | decoded)


# --- emoji ----------------------------------------------------------------------------------------------------

_SKIN = "\U0001f3fb-\U0001f3ff"
_BODY = (  # what takes a skin tone: Unicode emoji-data.txt, Emoji_Modifier_Base
    "\u261d\u26f9\u270a-\u270d\U0001f385\U0001f3c2-\U0001f3c4\U0001f3c7\U0001f3ca-\U0001f3cc\U0001f442\U0001f443"
    "\U0001f446-\U0001f450\U0001f466-\U0001f478\U0001f47c\U0001f481-\U0001f483\U0001f485-\U0001f487\U0001f48f\U0001f491"
    "\U0001f4aa\U0001f574\U0001f575\U0001f57a\U0001f590\U0001f595\U0001f596\U0001f645-\U0001f647\U0001f64b-\U0001f64f"
    "\U0001f6a3\U0001f6b4-\U0001f6b6\U0001f6c0\U0001f6cc\U0001f90c\U0001f90f\U0001f918-\U0001f91f\U0001f926"
    "\U0001f930-\U0001f939\U0001f93c-\U0001f93e\U0001f977\U0001f9b5\U0001f9b6\U0001f9b8\U0001f9b9\U0001f9bb"
    "\U0001f9cd-\U0001f9cf\U0001f9d1-\U0001f9dd\U0001fac3-\U0001fac5\U0001faf0-\U0001faf8"
)
_JOINED = (  # what a person may be joined to (emoji-zwj-sequences.txt): sex, hair, role, family, heart
    "\u2640\u2642\u2695\u2696\u2708\u2764\U0001f33e\U0001f373\U0001f37c\U0001f384\U0001f393\U0001f3a4\U0001f3a8"
    "\U0001f3eb\U0001f3ed\U0001f466-\U0001f469\U0001f48b\U0001f4bb\U0001f4bc\U0001f527\U0001f52c\U0001f680\U0001f692"
    "\U0001f91d\U0001f9af-\U0001f9b3\U0001f9bc\U0001f9bd\U0001f9d1\U0001f9d2"
)
_SIGN = (  # signs in the basic plane that become emoji with U+FE0F (emoji-variation-sequences.txt)
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa\u231a\u231b\u2328\u23cf\u23e9-\u23f3\u23f8-\u23fa"
    "\u24c2\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe\u2600-\u2604\u260e\u2611\u2614\u2615\u2618\u261d\u2620\u2622\u2623"
    "\u2626\u262a\u262e\u262f\u2638-\u263a\u2640\u2642\u2648-\u2653\u265f\u2660\u2663\u2665\u2666\u2668\u267b\u267e"
    "\u267f\u2692-\u2697\u2699\u269b\u269c\u26a0\u26a1\u26a7\u26aa\u26ab\u26b0\u26b1\u26bd\u26be\u26c4\u26c5\u26c8\u26ce"
    "\u26cf\u26d1\u26d3\u26d4\u26e9\u26ea\u26f0-\u26f5\u26f7-\u26fa\u26fd\u2702\u2705\u2708-\u270d\u270f\u2712\u2714"
    "\u2716\u271d\u2721\u2728\u2733\u2734\u2744\u2747\u274c\u274e\u2753-\u2755\u2757\u2763\u2764\u2795-\u2797\u27a1"
    "\u27b0\u27bf\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u3030\u303d\u3297\u3299"
)
_PICTURE = "\U0001f004\U0001f0cf\U0001f170-\U0001f171\U0001f17e-\U0001f17f\U0001f18e\U0001f191-\U0001f19a\U0001f201-\U0001f251\U0001f300-\U0001faff"
_DARK = "\u2600-\u26ff\u2705\u2728\u274c\u274e\u2753-\u2755\u2757\u2795-\u2797\u2b1b\u2b1c\u2b50\u2b55\u23e9-\u23f3\u231a\u231b"
_EMOJI = re.compile(
    "[0-9#*]\ufe0f?\u20e3"
    "|[\U0001f1e6-\U0001f1ff]{2}"
    "|\U0001f3f4\U000e0067\U000e0062(?:\U000e0065\U000e006e\U000e0067|\U000e0073\U000e0063\U000e0074|\U000e0077\U000e006c\U000e0073)\U000e007f"
    "|\U0001f3f3\ufe0f?\u200d(?:\U0001f308|\u26a7\ufe0f?)|\U0001f3f4\u200d\u2620\ufe0f?|\u2764\ufe0f?\u200d\U0001f525"
    "|\U0001f441\ufe0f?\u200d\U0001f5e8\ufe0f?|\U0001f415\u200d\U0001f9ba|\U0001f408\u200d\u2b1b|\U0001f43b\u200d\u2744\ufe0f?"
    f"|[{_BODY}\U0001f46f\U0001f9de\U0001f9df][\ufe0f{_SKIN}]?(?:\u200d[{_JOINED}][\ufe0f{_SKIN}]?){{0,4}}"
    f"|[{_SIGN}]\ufe0f|[{_PICTURE}]\ufe0f?|[{_DARK}]"
)


def emoji(text: str) -> list[tuple[int, int]]:
    """Where each emoji is, sequences as one: flags, keycaps, skin tones, joined people."""
    return [match.span() for match in _EMOJI.finditer(text)] if _MAY_BE_EMOJI.search(text) else []


_MAY_BE_EMOJI = re.compile("[\ufe0f\u203c-\u3299\U0001f000-\U0010ffff]")
"""One of these is in every emoji."""
