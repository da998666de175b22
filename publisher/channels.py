"""What a channel is, and how the adapters in channels/ are found.

`channels/x.py` is `publisher.channels.x`: a module with a `__path__` is a package (language reference, "The import
system"). Nothing in the core names an adapter; config.toml does.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, cast

from publisher import paths
from publisher.errors import ConfigError, Refused
from publisher.likeness import Look
from publisher.model import Judgement, Media, Phase, Post, Receipt, Staged
from publisher.nearest import meant
from publisher.secrecy import scrub
from publisher.settings import ChannelSettings

if TYPE_CHECKING:
    from publisher.config import Config
    from publisher.token_files import TokenFile, Tokens

__path__ = [str(paths.CHANNELS)]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a platform takes, read by the gate, the templates and the media fitter before any call.

    `text` counts in the adapter's own way (`measure` names it: `characters`, `x` for X's weighted count). Zero
    pictures at least means that a post may be text only; where one is needed, an item without any gets a title card of the
    size `card`. `one_ratio`: the platform crops all pictures of a post to the ratio of the first. `cost(text, described)`
    is what the platform asks for one post with so many pictures that have alternative text, in US dollars, and `deletion`
    what it asks for taking one down again.
    """

    text: int
    measure: str = "characters"
    alt: int = 1_000
    hashtags: int = 30
    images_min: int = 0
    images_max: int = 1
    image_bytes: int = 5 * 1024 * 1024
    image_width: int = 1_600
    image_ratio: tuple[float, float] = (0.3, 4.0)
    one_ratio: bool = False
    card: tuple[int, int] = (1_200, 630)
    cost: Callable[[str, int], float] | None = None
    deletion: float = 0.0


def _nothing_lent(_media: Media) -> None:
    """There is nothing to take back."""


@dataclass(frozen=True, slots=True)
class Supplies:
    """What the core hands an adapter with a post: the pictures' bytes, and a public place for a while.

    `read(digest)` gives a picture's bytes. `lend(media)` shows one by itself, for a platform that fetches pictures, and
    gives its address, which was seen to answer; nobody can guess it. None where no channel of the item makes a page. Lent
    twice, it has the same address. Raises OutsideFailed where the website does not show it.
    `take_back(media)` ends that; an adapter calls it once the platform has the picture, and where its attempt ends.
    """

    read: Callable[[str], bytes]
    lend: Callable[[Media], str | None]
    take_back: Callable[[Media], None] = _nothing_lent


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What is to be taken down: the post as it went, and its id there, proved to be ours.

    `pictures` are those of the item, on all its channels, that no other item shows.
    """

    post: Post
    remote_id: str
    pictures: tuple[Media, ...] = ()


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose account a channel's credentials are, as the platform itself says, what they may do, and when that ends.

    `account` is the platform's own number for it, `name` what people call it there. `scopes` are the rights granted, in
    the platform's words; None where it does not tell them. `ends_at` (aware, UTC) is when the credentials stop being
    good, None where they do not end by themselves. `notes` are what a person should know besides, one sentence each.
    """

    account: str
    name: str
    scopes: frozenset[str] | None = None
    ends_at: datetime | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "account", _scrubbed(self.account))
        object.__setattr__(self, "name", scrub(self.name))
        object.__setattr__(self, "notes", tuple(map(scrub, self.notes)))


def _scrubbed(told: object) -> object:
    return scrub(told) if isinstance(told, str) else told


@dataclass(frozen=True, slots=True)
class Danger:
    """What an adapter's way risks against its platform's terms, and which way is allowed, a sentence each; both empty for none."""

    words: str = ""
    way_out: str = ""


@dataclass(frozen=True, slots=True)
class PublicPage:
    """A page that the public sees: of which item, where, and whether nothing but the notice of its withdrawal is left."""

    item: str
    path: str
    title: str
    withdrawn: bool = False


class Connection(Protocol):
    """An adapter's part, for a channel that is connected: where its owner says yes, and what that gives."""

    @property
    def file(self) -> TokenFile: ...
    def address(self, state: str, challenge: str) -> str: ...
    def exchanged(self, code: str, verifier: str, now: datetime) -> Tokens: ...


class Channel(Protocol):
    """One outlet. Adapters translate and never decide: what is not a yes is raised as ChannelFailed.

    `stage` may be called again and again: it is given what it returned before and goes on from there; `ready` is
    `values["ready"]`. `publish` is the one last request, called once. `find` looks for our own post by the link's
    own parameter (None is no proof of absence). `judge` is pure.

    `withdraws` is True where a program may take a post down: then `withdraw` does so, and returns once the post is not
    to be seen any more, whoever took it down. It may be called again and again; it is given only what was sent.

    `look` says how the platform shows a post, for previews and the rehearsal's wall.

    `identify` asks the platform whose account the credentials are; None where there is no account to prove (a website of
    ours). `scopes` are the rights that the adapter needs, in the platform's words; more than these is told to a person.

    `close` frees the connections; ClosesClient has it for whoever speaks over a session (`publisher.wire.session_for`), and
    such an adapter has `calls`, too: every call that may leave.

    What an adapter may have besides, and what the core does for those that have it not, is in the functions of these names
    below; nobody else asks an adapter for them:

    - `discard(staged, now)` takes away what was prepared and is not published;
    - `page_is_live(post, now)` is told once the item's page is live and before its post goes;
    - `risk`, one sentence, says that its way is against its platform's terms, and `risk_way_out` which way is allowed: then
      it is loaded only while a director's acceptance stands, and has a `refusal` while none does (publisher/at_risk.py);
    - `post_hosts` are the websites on which the platform shows posts;
    - `connection` is its part where an account is connected in a browser (publisher/connecting.py), None where none is;
    - `credentials()` is a digest of what it sends with, by which a proof of its account is held to that (publisher/held.py);

    and those that keep the website:

    - `find_is_proof`, True where `find`'s None proves that a post is not out;
    - `public_pages()` gives every page of an item (PublicPage), withdrawn ones too;
    - `lend(name, data, now)`, `take_back(name)` and `take_back_old(now)` show a picture by itself for a while.
    """

    settings: Any
    limits: Limits
    template: str
    makes_page: bool
    withdraws: bool
    look: Look
    scopes: frozenset[str]

    def __init__(self, settings: Any) -> None: ...
    @property
    def client(self) -> Any: ...
    def stage(self, post: Post, supplies: Supplies, staged: Staged | None, now: datetime) -> Staged: ...
    def publish(self, post: Post, staged: Staged, now: datetime) -> Receipt: ...
    def find(self, post: Post, staged: Staged | None, now: datetime) -> Receipt | None: ...
    def withdraw(self, asked: Withdrawal, now: datetime) -> None: ...
    def identify(self, now: datetime) -> Identity | None: ...
    def judge(
        self, phase: Phase | str, status: int | None, headers: Mapping[str, str], body: bytes | str
    ) -> Judgement: ...
    def close(self) -> None: ...


def names() -> list[str]:
    """The adapters that there are, by the files in channels/ (a leading _ marks shared code)."""
    return sorted(file.stem for file in paths.CHANNELS.glob("[a-z]*.py"))


def adapter(name: str, *, field: str) -> Any:
    """The module of the adapter called `name`. Raises ConfigError that names the nearest one."""
    known = names()
    if name not in known:
        hint = meant(name, known, f"The adapters are: {', '.join(known)}.", shown='"{}"')
        raise ConfigError(f"there is no adapter {name!r}", field=field, way_out=hint)
    return importlib.import_module(f"publisher.channels.{name}")


def settings_type(name: str, *, field: str) -> type[ChannelSettings]:
    """The settings that the adapter's table in config.toml may have."""
    found: type[ChannelSettings] = adapter(name, field=field).Settings
    return found


def makes_page(name: str, *, field: str) -> bool:
    """True for the adapter of a website. Raises ConfigError where there is no such adapter."""
    return bool(adapter(name, field=field).Adapter.makes_page)


def risk_of(name: str, *, field: str) -> Danger:
    """What the adapter's way risks against its platform's terms; no words where it keeps them."""
    return danger(adapter(name, field=field).Adapter)


def post_hosts_of(name: str, *, field: str) -> Sequence[str]:
    """The websites on which the adapter's platform shows posts: a person's word that one is out names an address there.

    Empty where nobody knows, and for a page, which is on the council's own.
    """
    found: Sequence[str] = getattr(adapter(name, field=field).Adapter, "post_hosts", ())
    return found


def load(name: str, config: Config) -> Channel:
    """The channel called `name` in config.toml, ready for use; no connection is made. Raises ConfigError.

    Refused, too, where its way is against its platform's terms and no director's acceptance of that stands now.
    """
    loaded = load_closed(name, config, lambda: datetime.now(UTC))
    if why := refusal(loaded):
        raise Refused(why)
    return loaded


def load_closed(name: str, config: Config, now: Callable[[], datetime]) -> Channel:
    """As `load`; but one that is not accepted is given all the same: closed, so that each of its calls is refused until it is."""
    settings = config.channel(name)
    built: Channel = adapter(settings.adapter, field=f"channels.{name}.adapter").Adapter(settings)
    if not (risk := danger(built).words):
        return built
    from publisher.at_risk import AtRisk
    from publisher.risk_standing import accepted

    return cast("Channel", AtRisk(built, risk, partial(accepted, config, name), now))


def remade(channel: Channel, settings: Any) -> Channel:
    """The same channel by other settings, and as closed as it is; no connection is made."""
    made: Callable[[Any], Channel] = getattr(channel, "remade", type(channel))
    return made(settings)


class ClosesClient:
    """For adapters whose `client` is made once, over the session, and has it as `session`."""

    def close(self) -> None:
        """Frees the connections of a client that was made."""
        if "client" in self.__dict__:
            self.__dict__["client"].session.close()


# --- what an adapter may have besides ------------------------------------------------------------------------------------


def danger(channel: Channel | type[Channel]) -> Danger:
    """What its way risks against its platform's terms; no words where it keeps them."""
    return Danger(str(getattr(channel, "risk", "")), str(getattr(channel, "risk_way_out", "")))


def refusal(channel: Channel) -> str:
    """Why nothing may be sent by the channel now, where its risk is not accepted; empty where it may."""
    return str(getattr(channel, "refusal", ""))


def outdated(channel: Channel, now: datetime) -> str:
    """What in its settings its platform has ended by now, and what to do; empty where nothing has. Nobody is asked."""
    found = getattr(channel, "outdated", None)
    return str(found(now)) if found else ""


def connection(channel: Channel) -> Connection | None:
    """Its part where an account is connected in a browser; None where none is. Raises Refused where it is closed."""
    found: Connection | None = getattr(channel, "connection", None)
    return found


def credentials(channel: Channel) -> str:
    """A digest of the credentials that it would send with now; empty where there are none, or these must be proved first.

    Raises ConfigError where one is missing, and as `identify` where the channel is closed.
    """
    told: Callable[[], str] | None = getattr(channel, "credentials", None)
    return "" if told is None else told()


def find_is_proof(channel: Channel) -> bool:
    """Whether it proves that a post is not out, if the channel does not find it; of a platform nothing does."""
    return bool(getattr(channel, "find_is_proof", False))


def lend(channel: Channel, name: str, data: bytes, now: datetime) -> str | None:
    """Shows a picture by itself, under a name that cannot be guessed; its public address. None where the channel cannot.

    Raises ChannelFailed.
    """
    shown: Callable[[str, bytes, datetime], str] | None = getattr(channel, "lend", None)
    return None if shown is None else shown(name, data, now)


def take_back(channel: Channel, name: str) -> None:
    """Ends that; harmless for what is not lent. Raises ChannelFailed."""
    taken: Callable[[str], None] | None = getattr(channel, "take_back", None)
    if taken is not None:
        taken(name)


def take_back_old(channel: Channel, now: datetime) -> None:
    """Ends it for what was lent a day ago and longer: nobody took it back, and nobody needs it. Raises ChannelFailed."""
    swept: Callable[[datetime], None] | None = getattr(channel, "take_back_old", None)
    if swept is not None:
        swept(now)


def public_pages(channel: Channel) -> Sequence[PublicPage]:
    """The pages that the channel's website shows; none where it is no website, or another program keeps it. Raises ChannelFailed."""
    listed: Callable[[], Sequence[PublicPage]] = getattr(channel, "public_pages", tuple)
    return listed()


def discard(channel: Channel, staged: Staged, now: datetime) -> None:
    """Takes away what was prepared on the platform, where nothing of it was published. Raises ChannelFailed.

    Only for what is certain not to be out: what was prepared may be part of a post that is.
    """
    taken: Callable[[Staged, datetime], None] | None = getattr(channel, "discard", None)
    if taken is not None:
        taken(staged, now)


def keeps_looks(channel: Channel) -> bool:
    """Whether `page_is_live` means anything to the channel: nothing is begun for one to which it does not."""
    return hasattr(channel, "page_is_live")


def page_is_live(channel: Channel, post: Post, now: datetime) -> None:
    """Tells the channel that the page its post links to is live, before the post goes. Raises ChannelFailed.

    For platforms that keep an older look at a page; whatever becomes of it, the post goes.
    """
    told: Callable[[Post, datetime], None] | None = getattr(channel, "page_is_live", None)
    if told is not None:
        told(post, now)
