"""`audit`: the record of every decision and every byte sent, and what is kept beside it: costs, retention, holds."""

from __future__ import annotations

import click

from publisher.cli import audit_accept, audit_costs, audit_export, audit_record, audit_retention
from publisher.cli._common import examples


@click.group(
    "audit",
    epilog=examples(
        "publisher audit log --item k3md8s2p",
        "publisher audit verify",
        "publisher audit export --item k3md8s2p -o k3md8s2p.html",
        "publisher audit costs --month 2026-11",
    ),
)
def audit_verb() -> None:
    """The record: what happened, whether it is whole, what it cost, how long what is kept."""


for command in (
    audit_record.log,
    audit_record.verify,
    audit_record.checkpoint,
    audit_record.key,
    audit_accept.accept,
    audit_export.export,
    audit_costs.costs,
    audit_retention.retention,
    audit_retention.erase,
    audit_retention.hold,
    audit_retention.lift,
    audit_retention.holds,
):
    audit_verb.add_command(command)
