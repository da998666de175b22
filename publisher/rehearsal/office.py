"""The council that rehearses: its config.toml, its made-up credentials, its officers. Tests set themselves up with it too."""

from __future__ import annotations

import os
import socket

from publisher import signatures
from publisher.app import App
from publisher.register import Role
from publisher.rehearsal.platforms import Platforms
from publisher.tables import OfficerRow
from publisher.times import local

HOOK_VARIABLE = "PUBLISHER_HOOK_SECRET"
"""The variable that holds the hook's secret; one that is set already is kept, so that one's own script can sign."""
OFFICER, DIRECTOR, CMS = "sam", "dana", "cms"
"""Logins: who hands news in, who keeps the register, under whom the website's diary acts."""


def secrets_for(platforms: Platforms) -> dict[str, str]:
    """The stand-ins' made-up credentials, and a secret for the hook, as environment variables."""
    keys = platforms.credentials
    return {
        "FACEBOOK_PAGE_TOKEN": keys.facebook.token,
        "INSTAGRAM_TOKEN": keys.instagram.token,
        "TWITTER_CONSUMER_KEY": keys.x.consumer_key,
        "TWITTER_CONSUMER_SECRET": keys.x.consumer_secret,
        "TWITTER_ACCESS_TOKEN": keys.x.access_token,
        "TWITTER_ACCESS_TOKEN_SECRET": keys.x.access_token_secret,
        HOOK_VARIABLE: os.environ.get(HOOK_VARIABLE) or signatures.new_secret(),
    }


BRISK_RELEASE = """back_off = 1
read_back = [1, 1, 2]
"""
BRISK_CHANNEL = "timeout = 2"
"""What takes minutes on a real bad day takes seconds in a rehearsed one: time-outs, second tries, looks for a lost post."""


def config_for(platforms: Platforms, *, port: int, brisk: bool = False) -> str:
    """config.toml with the stand-ins' endpoints; all else is what any council has, `brisk` but for how long is waited."""
    keys, channel = platforms.credentials, BRISK_CHANNEL if brisk else ""
    return f"""
[council]
name = "Example Borough Council"
domains = ["127.0.0.1"]

[queue]
database = "queue.db"
media = "media"
seal_key = "seal.key"

[release]
stage_lead = 600
{BRISK_RELEASE if brisk else ""}
[daemon]
port = {port}

[channels.website]
adapter = "site"
folder = "site"
endpoint = "{platforms.website.url}"

[channels.facebook]
adapter = "facebook"
page_id = "{keys.facebook.page_id}"
{channel}
endpoint = "{platforms.graph.url}"

[channels.twitter]
adapter = "twitter"
endpoint = "{platforms.x.url}"
permalink = "{platforms.wall.url}/x/{{id}}"
{channel}

[channels.instagram]
adapter = "instagram"
user_id = "{keys.instagram.user_id}"
{channel}
endpoint = "{platforms.graph.url}"
poll = 0.2

[sources.website]
secrets = ["env:{HOOK_VARIABLE}"]
officer = "{CMS}"
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def designate(app: App) -> None:
    now = app.now()
    today = local(now).date()
    for login, name, roles in (
        (DIRECTOR, "Dana Director", (Role.DIRECTOR, Role.APPROVER)),
        (OFFICER, "Sam Officer", (Role.OFFICER,)),
        (CMS, "The website's diary", (Role.OFFICER,)),
    ):
        app.register.add(
            OfficerRow(
                login=login, name=name, roles=",".join(roles), policy_read_on=today, aup_signed_on=today,
                approved_on=today, approval_reference="rehearsal", added_by=DIRECTOR, added_at=now,
            ),
            now=now,
        )  # fmt: skip
