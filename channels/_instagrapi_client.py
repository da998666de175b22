"""instagrapi's client with one guarded session in the place of its three, and shut but for the few methods that we use.

The library speaks as Instagram's own app. Of its 614 public methods most read other people's content, converse, or dial
without its sessions (photo.py, video.py, track.py, direct.py and challenge.py make their own; realtime/ opens sockets);
some ask at the keyboard (private.py, `manual_input_code`). So every method is shut that is not in USED.
"""

from __future__ import annotations

import base64
import functools
import inspect
import json
import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from publisher import secrecy
from publisher.answers import parsed
from publisher.errors import ConfigError, EgressRefused

if TYPE_CHECKING:
    from publisher.held import Holding

ORIGIN = "https://i.instagram.com"
"""Hard-coded in instagrapi (config.py, API_DOMAIN); replaced by the endpoint before anything is sent."""
EXTRA = "pip install 'council-publisher[instagrapi]'"
HEADERS = frozenset(
    {
        "accept-language", "ig-intended-user-id", "ig-u-ds-user-id", "ig-u-ig-direct-region-hint", "ig-u-rur", "ig-u-shbid",
        "ig-u-shbts", "offset", "priority", "x-bloks-is-layout-rtl", "x-bloks-is-panorama-enabled", "x-bloks-version-id",
        "x-entity-length", "x-entity-name", "x-entity-type", "x-fb-client-ip", "x-fb-http-engine", "x-fb-server-cluster",
        "x-ig-android-id", "x-ig-app-id", "x-ig-app-locale", "x-ig-app-startup-country", "x-ig-bandwidth-speed-kbps",
        "x-ig-bandwidth-totalbytes-b", "x-ig-bandwidth-totaltime-ms", "x-ig-capabilities", "x-ig-connection-type",
        "x-ig-device-id", "x-ig-device-locale", "x-ig-family-device-id", "x-ig-mapped-locale", "x-ig-nav-chain",
        "x-ig-timezone-offset", "x-ig-www-claim", "x-instagram-rupload-params", "x-mid", "x-pigeon-rawclienttime",
        "x-pigeon-session-id", "x-tigon-is-retry", "x-zero-balance", "x-zero-eh", "x-zero-state", "x_fb_photo_waterfall_id",
        "zero-http-network-interface",
    }
)  # fmt: skip
"""What the app's requests carry (private.py, `base_headers`; photo.py, `photo_rupload`), less Host: one that names another
host than the address would be answered by that."""
CARRIED = frozenset({"accept-encoding", "connection", "user-agent"})
"""Of the library's own headers those that every adapter may send."""
KEPT = (
    "uuids", "mid", "ig_u_rur", "ig_www_claim", "device_settings", "user_agent", "country", "country_code", "locale",
    "timezone_offset", "timezone_name",
)  # fmt: skip
"""What of a saved session says which app and which device it is of. Its cookies, transports, time-outs and retries are not
taken over: nor whether certificates are checked, which is one of them."""
USED = frozenset(
    {
        # what we call
        "album_configure", "photo_configure", "private_headers", "private_request",
        # what these, and the client as it is made, need
        "generate_android_device_id", "generate_uuid", "init", "location_build", "set_app", "set_country", "set_country_code", "set_device", "set_ig_u_rur", "set_ig_www_claim", "set_locale",
        "set_public_user_agent", "set_push_disabled", "set_retry_config", "set_timezone_name", "set_timezone_offset",
        "set_tls_verify", "set_usdid_settings", "set_user_agent", "set_uuids", "with_default_data",
        "_clear_session_state", "_default_public_user_agent", "_normalize_private_transport",
        "_normalize_public_transport", "_send_private_request", "_timezone_name_from_offset",
    }
)  # fmt: skip
SESSIONS = ("private", "public", "graphql", "session")
"""The library's three; the last is what our other adapters' clients call theirs."""
LEFT_OUT = (
    "_configure_private_session_retry", "_configure_public_session_retry", "request_log", "set_proxy",
)  # fmt: skip
"""What would mount transports that try again, set a proxy, or write the account's name into a log."""
EMPTY = ("fb_dtsg", "usdid_public_key_der")
"""Properties that would call somebody, or make a key."""


def connect(adapter: Holding) -> Any:
    """instagrapi.Client over the adapter's session, signed in by the saved session; nobody is called. Raises ConfigError."""
    from publisher.wire import session_for

    settings = adapter.settings
    library, saved = _library(settings), _saved(settings, adapter.held[settings.session])
    signed = _authorization(saved["authorization_data"])
    session = session_for(adapter, origin=ORIGIN, authorization=signed, more_headers=HEADERS)
    try:
        client = _shut(library.Client, session)(
            settings=saved,
            private_transport="requests",
            request_timeout=0,
            delay_range=None,
            with_challenge_flow=False,
            logger=logging.Logger(library.__name__, logging.CRITICAL + 1),  # noqa: LOG001  # its lines hold whole answers
        )
    except (EgressRefused, Exception) as error:  # noqa: BLE001  # odd values, or a version that needs what is shut here
        why = f"instagrapi {library.__version__} cannot begin with the saved session ({type(error).__name__})"
        raise _wrong(settings, why) from None
    session.headers.clear()  # what a browser would send, which the public ones of its sessions are
    session.headers["Authorization"] = signed
    return client


def _library(settings: Any) -> Any:
    try:
        import instagrapi
    except ImportError as error:
        raise ConfigError(
            f"the library instagrapi is not installed: {EXTRA}",
            field=f"channels.{settings.name}.adapter",
            way_out="Install it, or set enabled = false.",
        ) from error
    return instagrapi


def _shut(client: type[Any], session: Any) -> type[Any]:
    """The library's class, whose sessions are all the guarded one, for ever, and whose methods refuse unless they are in USED."""
    every = {name: work for name in dir(client) if callable(work := getattr(client, name))}
    shut: dict[str, Any] = {
        name: _refusing(name, work)
        for name, work in every.items()
        if name not in USED and not (name.startswith("__") or inspect.isclass(work))
    }
    guarded = property(lambda _client: session, lambda _client, _other: None)
    ours: dict[str, Any] = {
        **dict.fromkeys(SESSIONS, guarded),
        **dict.fromkeys(LEFT_OUT, _nothing),
        **dict.fromkeys(EMPTY),
        "base_headers": property(functools.partial(_headers, client)),
    }
    return type(client.__name__, (client,), shut | ours)


def _refusing(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(work)
    def refuse(*_given: Any, **_named: Any) -> Any:
        message = f"one-way: instagrapi's {name} is not used here"
        raise EgressRefused(message)

    return refuse


def _nothing(*_given: Any, **_named: Any) -> bool:
    return False


def _headers(client: Any, made: Any) -> dict[str, str]:
    found: Mapping[str, str] = client.base_headers.fget(made)
    return {name: value for name, value in found.items() if name.lower() in HEADERS | CARRIED}


def _saved(settings: Any, session: str) -> dict[str, Any]:
    """The saved session: which device it is of, and by what it is known. Raises ConfigError that shows nothing of it."""
    found = parsed(session)
    if not isinstance(found, dict) or not isinstance(found.get("uuids"), dict):
        raise _wrong(settings, "the saved session is not what instagrapi's dump_settings writes")
    known = found.get("authorization_data")
    if not isinstance(known, dict) or not known.get("sessionid"):
        known = _by_cookies(found)
    if not isinstance(known.get("sessionid"), str) or not known["sessionid"]:
        raise _wrong(settings, "the saved session is not signed in")
    secrecy.known(known["sessionid"])
    if str(known.get("ds_user_id")) != settings.user_id:
        raise _wrong(settings, "the saved session is of another account than user_id")
    return {name: found[name] for name in KEPT if found.get(name) is not None} | {"authorization_data": known}


def _authorization(known: Mapping[str, Any]) -> str:
    """The header by which every request is signed, as the library makes it (auth.py, `authorization`): no other may be sent."""
    compact = json.dumps(known, separators=(",", ":"))
    return f"Bearer IGT:2:{base64.b64encode(compact.encode()).decode()}"


def _by_cookies(found: Mapping[str, Any]) -> dict[str, Any]:
    """As the library does it for a session that came from a browser (auth.py, `login_by_sessionid`)."""
    cookies = found.get("cookies")
    if not isinstance(cookies, dict):
        return {}
    wanted = {name: cookies.get(name) for name in ("ds_user_id", "sessionid")}
    return wanted | {"should_use_header_over_cookies": True}


def _wrong(settings: Any, why: str) -> ConfigError:
    return ConfigError(
        why,
        field=f"channels.{settings.name}.session",
        way_out="Sign in anew with instagrapi and save the session.",
    )
