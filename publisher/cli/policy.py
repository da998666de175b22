"""`policy`: the rules as an officer reads them, what a change of them changes, and what stands behind a finding."""

from __future__ import annotations

import click

from publisher.cli import (
    policy_changes,
    policy_editions,
    policy_findings,
    policy_rules,
    policy_show,
    policy_trying,
)
from publisher.cli._common import examples


@click.group(
    "policy", epilog=examples("publisher policy list --clause 5d", "publisher policy explain 3f9a0c1b7d22")
)
def policy_verb() -> None:
    """The policy's rules: what they find, what they accept, who may overrule them."""


for command in (
    policy_rules.list_,
    policy_show.show,
    policy_trying.test,
    policy_changes.diff,
    policy_findings.explain,
    policy_changes.replay,
    policy_findings.overrides,
    policy_editions.adopt,
    policy_editions.editions,
    policy_editions.withdraw_edition,
):
    policy_verb.add_command(command)
