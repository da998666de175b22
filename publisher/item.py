"""An item as it arrives, parsed once at the edge (DESIGN §10 "item, as JSON"); trusted inside."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    ValidationError,
    model_validator,
)

from publisher.errors import InputError
from publisher.model import Kind
from publisher.times import COUNCIL_ZONE, demand_year, parse_moment, start_of_day, zone

MAX_ITEM_BYTES = 256 * 1024
"""Largest item as JSON; the hook's limit (facts: Standard Webhooks recommends far less, 20 kB)."""
MAX_TITLE = 300
MAX_SUMMARY = 4_000
MAX_BODY = 60_000
"""Below Facebook's 63,206 characters a message, the longest text that any channel takes."""
MAX_IMAGES = 10
"""The most pictures in one post on any channel (Facebook and Instagram; X takes 4)."""
MAX_HASHTAGS = 30
CORRECTION = "Correction"
"""The word with which a correction begins, on every channel."""
MAX_EVIDENCE = 50
MAX_VERSION_TEXT = 100
MAX_VERSION = 2**63 - 1
"""The largest whole number that SQLite and PostgreSQL keep."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""C0 and C1 but tab and line feed, and lone surrogates. C1 is what Windows-1252 becomes when it is read as Latin-1."""
_UNREADABLE = "\ufffd"
"""What a decoder puts where it could not read (Unicode, "Replacement Character")."""
_TEMPLATE_LEFT = re.compile(r"\$\{[^{}]*\}|\{\{[^{}]*\}\}")
_SHOWN = 60
"""How much of a wrong name an error shows."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_HASHTAG = re.compile(r"#?\w{1,100}")


def _clean_text(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if found := _CONTROL.search(text):
        message = f"holds a control character (U+{ord(found[0]):04X}); remove it"
        raise ValueError(message)
    if found := _TEMPLATE_LEFT.search(text):
        message = f"holds {found[0][:60]}, a template's placeholder that was never filled in"
        raise ValueError(message)
    if _UNREADABLE in text:
        message = "holds U+FFFD, which stands where a letter was lost: send the text as UTF-8"
        raise ValueError(message)
    return text


def _one_line(value: str) -> str:
    return " ".join(value.split())


def _hashtag(value: str) -> str:
    if not _HASHTAG.fullmatch(value):
        message = f"{value!r} is not a hashtag: letters, digits and _ only"
        raise ValueError(message)
    return value.lstrip("#")


def _title(value: str) -> str:
    if not any(letter.isalnum() for letter in value):
        message = "is empty: a letter or digit is needed"
        raise ValueError(message)
    return value


def _address(value: str) -> str:
    """Whose address it is, the gate says; here it must only be one that can be taken apart (RFC 3986)."""
    try:
        _ = urlsplit(value).port
    except ValueError as error:
        message = "is not an address; write it like https://www.example.gov.uk/news"
        raise ValueError(message) from error
    return value


def _version(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | str | None):
        message = "a whole number or a text is needed"
        raise ValueError(message)  # noqa: TRY004  # pydantic turns ValueError alone into a finding
    if isinstance(value, int) and not 0 <= value <= MAX_VERSION:
        message = f"a whole number from 0 to {MAX_VERSION} is needed"
        raise ValueError(message)
    if isinstance(value, str) and len(value) > MAX_VERSION_TEXT:
        message = f"is too long: at most {MAX_VERSION_TEXT} characters"
        raise ValueError(message)
    return _clean_text(value)


def _last_day(value: object) -> object:
    """Only a date as people write it: pydantic would take a number for seconds since 1970."""
    if value is None or type(value) is date:
        return value
    try:
        return date.fromisoformat(value.strip() if isinstance(value, str) else "")
    except ValueError:
        message = "is not a date; write it like 2027-12-31"
        raise ValueError(message) from None


def _focus(value: object) -> object:
    """Only two plain numbers: pydantic would read texts and truths as such, and JSON's NaN is none."""
    if value is None:
        return None
    parts = value if isinstance(value, list | tuple) else ()
    if len(parts) != 2 or not all(type(part) in {int, float} and 0 <= part <= 1 for part in parts):  # noqa: PLR2004  # across and down
        message = "two numbers from 0 to 1 are needed, how far from the left and from the top; write it like [0.5, 0.3]"
        raise ValueError(message)
    return tuple(map(float, parts))


Text = Annotated[str, BeforeValidator(_clean_text)]
Line = Annotated[Text, AfterValidator(_one_line)]
Address = Annotated[Line, AfterValidator(_address)]
Hashtag = Annotated[Line, AfterValidator(_hashtag)]
Day = Annotated[date, BeforeValidator(_last_day)]
Focus = Annotated[tuple[float, float], BeforeValidator(_focus)]
Basis = Literal[
    "consent", "contract", "legal-obligation", "vital-interests", "public-task", "legitimate-interests"
]
"""UK GDPR article 6(1) (a) to (f)."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Image(_Strict):
    """A picture of an item: where it is, what it shows, whose it is.

    `focus` is what matters most in it, as fractions from the left and the top: a channel that shows another shape crops
    around it, and shows the whole with a margin without one. `basis` is why people may be shown (UK GDPR article 6(1)); `expires` the last day of the licence or consent.
    """

    path: Line | None = None
    url: Address | None = None
    alt: Line = ""
    focus: Focus | None = None
    credit: Line | None = None
    rights: Literal["own", "licensed", "consent"] = "own"
    reference: Line | None = None
    people: StrictBool = False
    basis: Basis | None = None
    expires: Day | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if bool(self.path) == bool(self.url):
            message = "give either path or url"
            raise ValueError(message)
        return self


class Item(_Strict):
    """A news item or diary event. Moments are aware UTC; `starts_on`/`ends_on` are not kept: all-day is a flag."""

    id: Annotated[Line, Field(max_length=200)] | None = None
    kind: Kind
    title: Annotated[Line, Field(max_length=MAX_TITLE), AfterValidator(_title)]
    summary: Annotated[Text, Field(max_length=MAX_SUMMARY)] = ""
    body: Annotated[Text, Field(max_length=MAX_BODY)] = ""
    link: Address | None = None
    images: Annotated[tuple[Image, ...], Field(max_length=MAX_IMAGES)] = ()
    channels: Annotated[tuple[Line, ...], Field(min_length=1)] | None = None
    publish_at: datetime | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    all_day: StrictBool = False
    timezone: Line = COUNCIL_ZONE
    location: Annotated[Line, Field(max_length=500)] = ""
    hashtags: Annotated[tuple[Hashtag, ...], Field(max_length=MAX_HASHTAGS)] = ()
    external_id: Annotated[Line, Field(max_length=500)] | None = None
    version: Annotated[int | str | None, BeforeValidator(_version)] = None
    status: Annotated[Line, Field(max_length=50)] | None = None
    emergency: Annotated[Line, Field(max_length=500)] = ""
    corrects: Annotated[Line, Field(min_length=1, max_length=64)] | None = None
    evidence: Annotated[
        Mapping[Annotated[Line, Field(max_length=200)], Annotated[Text, Field(max_length=MAX_SUMMARY)]],
        Field(max_length=MAX_EVIDENCE, default_factory=dict),
    ]

    @property
    def headline(self) -> str:
        """The title as every channel shows it: a correction says that it is one."""
        if self.corrects is None or self.title.casefold().startswith(CORRECTION.casefold()):
            return self.title
        return f"{CORRECTION}: {self.title}"

    @model_validator(mode="after")
    def _an_event_has_its_times(self) -> Self:
        if self.kind is Kind.EVENT and self.starts_at is None:
            message = "starts_at: an event needs the time at which it starts, like 2026-12-01 09:00"
            raise ValueError(message)
        if self.starts_at and self.ends_at and self.ends_at < self.starts_at:
            message = "ends_at: the event ends before it starts"
            raise ValueError(message)
        return self

    def to_json(self) -> dict[str, Any]:
        """The item as plain JSON values; `parse` reads it back to an equal item."""
        return self.model_dump(mode="json", exclude_none=True, exclude_defaults=True) | {
            "kind": self.kind.value
        }


def parse(value: object, *, default_zone: str = COUNCIL_ZONE) -> Item:
    """An item from plain JSON values. Raises InputError that names the first wrong field and the way out."""
    if not isinstance(value, Mapping):
        raise InputError("an item is a JSON object", way_out='It begins like {"kind": "news", "title": "…"}.')
    _known_fields(value, Item, "")
    for position, image in enumerate(_listed(value.get("images"))):
        _known_fields(image, Image, f"images[{position}].")
    try:
        return Item.model_validate(_with_moments(dict(value), default_zone))
    except ValidationError as error:
        raise _first_error(error) from error


def load_line(line: bytes | str) -> Any:
    """The value of an item's JSON text, for `parse`. Raises InputError."""
    if len(line) > MAX_ITEM_BYTES:
        raise InputError(
            f"an item is at most {MAX_ITEM_BYTES // 1024} KiB of JSON", way_out="Shorten the body."
        )
    try:
        text = (
            line if isinstance(line, str) else line.decode("utf-8-sig")
        )  # Windows' editors put a byte order mark first
        return json.loads(text)
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 at byte {error.start + 1}", way_out="Send it as UTF-8.") from error
    except json.JSONDecodeError as error:
        message = f"not JSON: {error.msg}, at character {error.pos + 1}"
        raise InputError(message, way_out="Check quotes and commas.") from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, or endless brackets
        raise InputError(
            "not JSON that can be read: nested too deeply, or an endless number", way_out="Simplify it."
        ) from error


def _listed(value: object) -> list[object]:
    """The list that `value` is; what it is instead, pydantic tells."""
    return list(value) if isinstance(value, list | tuple) else []


def _known_fields(value: object, model: type[BaseModel], prefix: str) -> None:
    for key in value if isinstance(value, Mapping) else ():
        if key not in model.model_fields:
            from publisher.nearest import meant

            word = str(key)[:_SHOWN]
            hint = meant(word, model.model_fields, f"The fields are: {', '.join(model.model_fields)}.")
            raise InputError("there is no such field", field=f"{prefix}{word}", way_out=hint)


def _with_moments(value: dict[str, Any], default_zone: str) -> dict[str, Any]:
    zone_name = value.get("timezone")
    if not isinstance(zone_name, str | None):
        raise InputError("a text is needed", field="timezone", way_out="Use a name like Europe/London.")
    zone_name = (zone_name or "").strip() or default_zone
    zone(zone_name)
    value["timezone"] = zone_name
    for field in ("publish_at", "starts_at", "ends_at"):
        if value.get(field) is not None:
            value[field], whole_day = _moment(value[field], zone_name, field)
            if whole_day and field == "publish_at":
                raise _no_time(field)
            if whole_day and field == "starts_at":
                value.setdefault("all_day", True)
    return value


def _moment(given: object, zone_name: str, field: str) -> tuple[datetime, bool]:
    if isinstance(given, datetime):
        text = given.isoformat()
    elif isinstance(given, date | str):
        text = str(given)
    else:
        raise InputError("a text is needed", field=field, way_out="Write it like 2026-12-01 09:00.")
    if _DAY.fullmatch(text.strip()):
        return _whole_day(text.strip(), zone_name, field), True
    return parse_moment(text, zone_name, field=field), False


def demand_time(text: str, *, field: str) -> None:
    """Raises InputError for a day alone: a post that goes at midnight is nobody's wish."""
    if _DAY.fullmatch(text.strip()):
        raise _no_time(field)


def _no_time(field: str) -> InputError:
    return InputError("a time is needed too", field=field, way_out="Write it like 2026-12-01 09:00.")


def _whole_day(text: str, zone_name: str, field: str) -> datetime:
    try:
        day = date.fromisoformat(text)
        demand_year(day.year, field=field)
        return start_of_day(day, zone_name) if field != "ends_at" else _end_of_day(day, zone_name)
    except ValueError as error:
        raise InputError(
            f"{text!r} is not a date", field=field, way_out="Write it like 2026-12-01."
        ) from error


def _end_of_day(day: date, zone_name: str) -> datetime:
    """The last second of the last day: an officer's "until 3 May" includes 3 May."""
    return start_of_day(day + timedelta(days=1), zone_name) - timedelta(seconds=1)


_WORDS = {
    "missing": ("is needed", "Add it."),
    "string_type": ("a text is needed", "Put it in quotation marks."),
    "bool_type": ("true or false is needed", "Write true or false, without quotation marks."),
    "tuple_type": ("a list is needed", "Put it in [ ]."),
    "mapping_type": ("a table of names and texts is needed", "Put it in { }."),
    "dict_type": ("a table of names and texts is needed", "Put it in { }."),
    "model_type": ("a table is needed", 'Write it like {"path": "photo.jpg", "alt": "…"}.'),
    "too_short": ("is empty", "Name at least one, or leave it out."),
    "too_long": ("is too long: at most {max_length}", "Shorten it."),
    "string_too_long": ("is too long: at most {max_length} characters", "Shorten it."),
    "enum": ("must be {expected}", ""),
    "literal_error": ("must be {expected}", ""),
}
"""pydantic's error types (its documentation, "Validation Errors") in words for an officer."""
_MANY = {"images": "pictures", "hashtags": "hashtags", "channels": "channels"}
"""What a list that is too long has too many of."""


def _first_error(error: ValidationError) -> InputError:
    first = error.errors(include_url=False)[0]
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"]).lstrip(".")
    if first["type"] == "too_long" and path in _MANY:
        return InputError(
            f"at most {first['ctx']['max_length']} {_MANY[path]}", field=path, way_out="Leave some out."
        )
    if first["type"] in _WORDS:
        message, way_out = _WORDS[first["type"]]
        return InputError(message.format(**first.get("ctx", {})), field=path, way_out=way_out)
    message = first["msg"].removeprefix("Value error, ")
    if not path and ": " in message:
        path, message = message.split(": ", 1)
    return InputError(message[:1].lower() + message[1:], field=path)
