"""Services' own accounts in config.toml (clause 5b): each has a business case, and only they come second on a platform."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from publisher import channels
from publisher.errors import ConfigError
from publisher.settings import ChannelSettings


def demand_services(tables: Mapping[str, ChannelSettings]) -> None:
    """Raises ConfigError for a service's account without a business case, a second one that is no service's, and two channels of one account."""
    for name, settings in tables.items():
        _demand_case(name, settings)
    first: dict[str, str] = {}
    for name, settings in tables.items():
        is_corporate_account = settings.enabled and not settings.service and not _is_website(name, settings)
        platform = settings.platform
        if is_corporate_account and first.setdefault(platform, name) != name:
            raise ConfigError(
                f"a second {platform} account beside {first[platform]} is a service's own (clause 5b)",
                field=f"channels.{name}.service",
                way_out='Say whose it is with service = "…" and business_case = "…", or set enabled = false.',
            )
    _demand_apart(tables)


def demand_own_accounts(settings: Iterable[ChannelSettings]) -> None:
    """Raises ConfigError where the secrets of two channels are of one account. They must be there."""
    known: dict[tuple[str, str], str] = {}
    for one in settings:
        if (number := one.account) and (
            first := known.setdefault((one.adapter, number), one.name)
        ) != one.name:
            raise _same_account(first, one.name, next(key for key in one.identity if getattr(one, key)))


def _demand_apart(tables: Mapping[str, ChannelSettings]) -> None:
    """A service's channel without keys of its own has the corporate account's, by the defaults of its adapter."""
    live = [(name, one) for name, one in tables.items() if one.enabled and one.identity]
    known: dict[tuple[str, str, str], str] = {}
    for name, settings in sorted(live, key=lambda named: bool(named[1].service)):
        for key in (*settings.identity, "profile"):
            value: str = getattr(settings, key)
            place = settings.platform if key == "profile" else settings.adapter
            value = value.casefold().rstrip("/") if key == "profile" else value
            if value and (first := known.setdefault((place, key, value), name)) != name:
                raise _same_account(first, name, key)


def _same_account(first: str, second: str, key: str) -> ConfigError:
    return ConfigError(
        f"{first} and {second} are one account by their {key}: the same words would go out twice there",
        field=f"channels.{second}.{key}",
        way_out=f"Give {second} its own {key} in its table, or set enabled = false.",
    )


def _demand_case(name: str, settings: ChannelSettings) -> None:
    for given, lacking in (("service", "business_case"), ("business_case", "service")):
        if getattr(settings, given) and not getattr(settings, lacking):
            raise ConfigError(
                f"it has a {given} without a {lacking} (clause 5b)",
                field=f"channels.{name}.{lacking}",
                way_out=f'Write {lacking} = "…"; `publisher account propose --help` shows how a service gets its own.',
            )


def _is_website(name: str, settings: ChannelSettings) -> bool:
    return channels.makes_page(settings.adapter, field=f"channels.{name}.adapter")
