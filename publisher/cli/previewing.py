"""`preview`: the exact bytes for each channel, before anything is queued or while it waits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from publisher import likeness
from publisher.cli import _input, _output
from publisher.cli._common import Call, examples, verb
from publisher.cli._left_out import left_out_lines
from publisher.cli._money import dollars
from publisher.cli._out import demand_not_ours
from publisher.errors import OutsideFailed
from publisher.likeness import Look

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from publisher.office import Office


@click.command(
    "preview",
    epilog=examples(
        "publisher preview pool.toml",
        "publisher preview k3md8s2p",
        "publisher preview pool.toml --html pool.html",
    ),
)
@click.argument("what", metavar="FILE|-|ID")
@click.option(
    "--html",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="OUT",
    help="Write a page of cards to this file.",
)
@verb()
def preview_verb(call: Call, what: str, *, html: Path | None) -> None:
    """See exactly what would appear on each channel: words, link, pictures, lengths. Nothing is stored."""
    if html is not None:
        demand_not_ours(html, call.config, "--html")
    in_file = _input.names_file(what) or Path(what).is_file()
    with call.office(judging=in_file) as office:
        drawn = html is not None
        previews = (
            _of_file(office, what, drawn=drawn) if in_file else [office.items.preview(what, drawn=drawn)]
        )
        pictures = {name: data for preview in previews for name, data in preview.pop("pictures", {}).items()}
        for preview in previews:
            preview["warning"] = _warning(preview["verdict"], what, "check" if in_file else "show")
        if html is not None:
            _write_page(office, html, previews, pictures)
        if call.as_json:
            _output.as_json({"items": previews} | ({"html": str(html)} if html else {}))
        elif html is None:
            _output.say("\n\n".join(_for_people(preview) for preview in previews))
        else:
            _output.say(str(html))


def _of_file(office: Office, name: str, *, drawn: bool) -> list[dict[str, Any]]:
    from publisher.office.checking import Previewed

    found = _input.read(office, name)
    given = (_input.given(item, found.folder) for item in found.items)
    return [office.checking.preview(Previewed(**one, drawn=drawn)) for one in given]


def _warning(verdict: str, what: str, look: str) -> str:
    """What is previewed may look fine and yet not be allowed out; empty where it is."""
    if verdict == "clear":
        return ""
    outcome = "blocked" if verdict == "block" else "held for a second officer"
    return f"{outcome}: it does not go out like this. `publisher {look} {what}` says why."


def _for_people(preview: dict[str, Any]) -> str:
    warning = [click.style(_output.wrapped(preview["warning"]), fg="red")] if preview["warning"] else []
    located = [_located(preview["located"])] if preview.get("located") else []
    left_out = left_out_lines(preview.get("left_out", ()))
    posts = map(_post, preview["posts"])
    return "\n\n".join([preview["title"], *warning, *located, *left_out, *posts])


def _located(positions: Sequence[int]) -> str:
    """What was taken out of photos: who reads it knows to look at the originals that are handed on elsewhere."""
    which = ", ".join(str(position + 1) for position in positions)
    what = f"picture {which} was" if len(positions) == 1 else f"pictures {which} were"
    return _output.wrapped(
        f"The place where {what} taken is in the file; nothing that is published tells it."
    )


def _post(post: dict[str, Any]) -> str:
    head = click.style(f"── {post['channel']} ", bold=True) + "─" * max(
        0, _output.width() - len(post["channel"]) - 4
    )
    if "page" in post:
        lines = [f"page  {post['page']}", *(_block(level, text) for level, text in post["words"])]
    else:
        lines = [post["text"], "", _length(post), f"link     {post['link']}", *_card(post), *_cost(post)]
    return "\n".join([head, *lines, *(_picture(picture) for picture in post["media"])])


def _block(level: int, text: str) -> str:
    return f"{'#' * level} {text}" if level else _output.wrapped(text)


def _card(post: dict[str, Any]) -> list[str]:
    """What stands under a post without a picture: the card that the platform makes of the page."""
    shown = post["card"] is not None and post["look"]["card"] and not post["media"]
    return [f"card     {post['card']['title']}, with the page's picture"] if shown else []


def _cost(post: dict[str, Any]) -> list[str]:
    """What the platform asks for the post, where it asks anything (Local Government Act 1986 s.5: publicity is accounted)."""
    cost = post["cost_usd"]
    return [f"costs    {dollars(cost)}, which the platform charges for this post"] if cost else []


def _length(post: dict[str, Any]) -> str:
    if post["limit"] is None:  # the channel was switched off since
        return f"length   {post['length']}"
    over = post["length"] > post["limit"]
    counted = f"{post['length']} of {post['limit']}"
    return f"length   {click.style(counted + ' TOO LONG', fg='red') if over else counted}"


def _picture(picture: dict[str, Any]) -> str:
    size = f"{picture['width']} × {picture['height']}, {max(1, picture['size'] // 1000)} kB"
    return _output.wrapped(f"{size}: {picture['alt'] or '(no alt text)'}", " " * 9, first="picture  ")


def _write_page(
    office: Office, out: Path, previews: list[dict[str, Any]], pictures: Mapping[str, str]
) -> None:
    from publisher import templates

    council = office.council.about()
    addresses = {digest: f"data:image/jpeg;base64,{data}" for digest, data in pictures.items()}
    labels = {one["name"]: one["label"] or one["name"].title() for one in council["channels"]}
    drawn = [
        {**preview, "posts": [_drawn(post, addresses) for post in preview["posts"]]} for preview in previews
    ]
    page = templates.render("preview.html.j2", previews=drawn, council=council, labels=labels)
    try:
        out.write_text(page, encoding="utf-8")
    except OSError as error:
        raise OutsideFailed(
            f"{out} cannot be written: {error.strerror}", way_out="Choose a folder that you may write to."
        ) from error


def _drawn(post: dict[str, Any], addresses: Mapping[str, str]) -> dict[str, Any]:
    """A post as its platform will show it; a page also as the card that platforms make of it."""
    look = Look(**post["look"])
    media = [picture | {"src": addresses[picture["digest"]]} for picture in post["media"]]
    card = post["card"] and post["card"] | {"src": addresses.get(post["card"]["digest"], "")}
    shown = likeness.of_post(look, post.get("text", ""), media, card)
    cost = dollars(post["cost_usd"]) if post.get("cost_usd") else ""
    return post | {
        "cost": cost,
        "shown": shown,
        "linked": card if "page" in post else None,
        "replies": look.answers,
    }
