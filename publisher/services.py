"""Services' own accounts in config.toml (clause 5b): each has a business case, and only they come second on a platform."""

from __future__ import annotations

from collections.abc import Mapping

from publisher import channels
from publisher.errors import ConfigError
from publisher.settings import ChannelSettings


def demand_services(tables: Mapping[str, ChannelSettings]) -> None:
    """Raises ConfigError for a service's account without a business case, and for a second one that is no service's."""
    for name, settings in tables.items():
        _demand_case(name, settings)
    first: dict[str, str] = {}
    for name, settings in tables.items():
        is_corporate_account = settings.enabled and not settings.service and not _is_website(name, settings)
        if is_corporate_account and first.setdefault(settings.adapter, name) != name:
            raise ConfigError(
                f"a second {settings.adapter} account beside {first[settings.adapter]} is a service's own (clause 5b)",
                field=f"channels.{name}.service",
                way_out='Say whose it is with service = "…" and business_case = "…", or set enabled = false.',
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
