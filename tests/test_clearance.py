"""The seal on a cleared post, and its key."""

from __future__ import annotations

import secrets
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.clearance import KEY_BYTES, Seal, open_seal
from publisher.errors import ConfigError, OutsideFailed
from publisher.model import Kind, Media, Post

PICTURE = Media(
    digest="ab" * 32, mime="image/jpeg", width=1200, height=630, size=90_000, alt="The library at dusk"
)
POST = Post(
    channel="twitter",
    kind=Kind.NEWS,
    title="Library opens late",
    text="Library opens late\n\nhttps://www.example.gov.uk/news/library?r=abc",
    link="https://www.example.gov.uk/news/library?r=abc",
    reference="abc",
    media=(PICTURE,),
    hashtags=("Libraries",),
)
CHANGES: dict[str, Any] = {
    "channel": "facebook",
    "kind": Kind.EVENT,
    "title": "Library opens Late",
    "text": POST.text + " ",
    "link": POST.link.replace("www.", "vvvv."),
    "reference": "abd",
    "media": (replace(PICTURE, alt="The library at dawn"),),
    "hashtags": ("libraries",),
    "page": {},
}


def test_every_field_of_a_post_is_under_the_seal() -> None:
    """One field changed, by however little, and the seal no longer holds."""
    seal = Seal(secrets.token_bytes(KEY_BYTES))
    made = seal.make(POST, policy="p1", officers=("pat",), item="i1")
    assert seal.holds(made, POST, policy="p1", officers=("pat",), item="i1")
    assert set(CHANGES) == set(Post.__dataclass_fields__)
    for field, value in CHANGES.items():
        assert not seal.holds(
            made, replace(POST, **{field: value}), policy="p1", officers=("pat",), item="i1"
        ), field


@pytest.mark.parametrize(
    ("policy", "officers"),
    [
        ("p2", ("pat",)),
        ("p1", ("sam",)),
        ("p1", ("pat", "sam")),
        ("p1", ()),
        ("p1", ("pat", "")),
        ("p1", ("p", "at")),
        ("", ("p1", "pat")),
    ],
)
def test_the_policy_and_the_officers_are_under_the_seal(policy: str, officers: tuple[str, ...]) -> None:
    """A clearance under another policy, or by others, is another clearance; no two lists read the same."""
    seal = Seal(secrets.token_bytes(KEY_BYTES))
    made = seal.make(POST, policy="p1", officers=("pat",), item="i1")
    assert not seal.holds(made, POST, policy=policy, officers=officers, item="i1")


def test_the_whole_item_is_under_the_seal() -> None:
    """A post of an item that was changed since is not the post that was cleared, though none of its own bytes differ."""
    seal = Seal(secrets.token_bytes(KEY_BYTES))
    made = seal.make(POST, policy="p1", officers=("pat",), item="i1")
    assert not seal.holds(made, POST, policy="p1", officers=("pat",), item="i2")


def test_one_kind_of_seal_is_not_another() -> None:
    """What was sealed as an override is no clearance, whatever its values are."""
    seal = Seal(secrets.token_bytes(KEY_BYTES))
    made = seal.sign("override", ["one", None])
    assert seal.signed(made, "override", ["one", None])
    for kind, values in (
        ("post", ["one", None]),
        ("override", ["one", ""]),
        ("override", ["one"]),
        ("overrideone", [None]),
    ):
        assert not seal.signed(made, kind, values)


def test_a_seal_is_by_one_key() -> None:
    """Who has not the key cannot seal."""
    made = Seal(secrets.token_bytes(KEY_BYTES)).make(POST, policy="p1", officers=("pat",), item="i1")
    assert not Seal(secrets.token_bytes(KEY_BYTES)).holds(
        made, POST, policy="p1", officers=("pat",), item="i1"
    )


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=70))
def test_no_made_up_seal_holds(seal: str) -> None:
    """An empty one, one of a wrong length or of other characters is just wrong, and no crash."""
    assert not Seal(b"k" * KEY_BYTES).holds(seal, POST, policy="p1", officers=("pat",), item="i1")


def test_a_seal_with_a_letter_changed_does_not_hold() -> None:
    """Nor one that is cut or longer."""
    seal = Seal(secrets.token_bytes(KEY_BYTES))
    made = seal.make(POST, policy="p1", officers=("pat",), item="i1")
    wrong = ("0" if made[0] != "0" else "1") + made[1:]
    for other in (wrong, made[:-1], made + "0", made.upper() + " "):
        assert not seal.holds(other, POST, policy="p1", officers=("pat",), item="i1")


def test_the_key_is_for_this_account_only_and_never_made_twice(tmp_path: Path) -> None:
    """Mode 0600 from its first byte on; a key that is there is used, since all that it sealed would be void."""
    path = tmp_path / "deep" / "seal.key"
    first = open_seal(path, create=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    written = path.read_bytes()
    made = first.make(POST, policy="p1", officers=("pat",), item="i1")
    assert open_seal(path, create=True).holds(made, POST, policy="p1", officers=("pat",), item="i1")
    assert open_seal(path).holds(made, POST, policy="p1", officers=("pat",), item="i1")
    assert path.read_bytes() == written


def test_a_key_is_not_made_by_accident(tmp_path: Path) -> None:
    """Without `create` a missing key is told with the way out."""
    with pytest.raises(ConfigError, match="publisher init"):
        open_seal(tmp_path / "seal.key")
    assert list(tmp_path.iterdir()) == []


def test_a_key_of_another_account_is_no_lost_key(tmp_path: Path) -> None:
    """What is damaged is put back from the backup: `init` is the way out of a new council only."""
    path = tmp_path / "seal.key"
    path.write_bytes(b"x" * 64)
    with pytest.raises(ConfigError) as caught:
        open_seal(path)
    assert "backup" in caught.value.way_out
    assert "init" not in caught.value.way_out


def test_every_key_is_another(tmp_path: Path) -> None:
    """Keys are random and of full length."""
    for name in ("a", "b"):
        open_seal(tmp_path / name, create=True)
    keys = {(tmp_path / name).read_text(encoding="ascii").strip() for name in ("a", "b")}
    assert len(keys) == 2
    assert {len(bytes.fromhex(key)) for key in keys} == {KEY_BYTES}


@pytest.mark.parametrize("create", [True, False])
@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"00", b"0" * (2 * KEY_BYTES - 2), b"x" * 64, b"\xff" * 64, b"0" * 63],
    ids=lambda content: f"{content[:2]!r}{len(content)}",
)
def test_a_key_that_is_short_or_damaged_is_refused_and_kept(
    tmp_path: Path,
    content: bytes,
    create: bool,  # noqa: FBT001  # by parametrize
) -> None:
    """It is neither used nor replaced nor shown: the way out is the backup or a person."""
    path = tmp_path / "seal.key"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        open_seal(path, create=create)
    assert caught.value.field == "queue.seal_key"
    assert path.read_bytes() == content


def test_a_place_where_no_key_can_be_is_told(tmp_path: Path) -> None:
    """A file where its folder should be is one clear line."""
    (tmp_path / "file").touch()
    with pytest.raises((ConfigError, OutsideFailed)):
        open_seal(tmp_path / "file" / "seal.key", create=True)


def test_the_key_is_not_shown_by_the_seal() -> None:
    """Nothing that prints a Seal prints its key."""
    key = secrets.token_bytes(KEY_BYTES)
    assert key.hex() not in repr(Seal(key))
    assert repr(key) not in repr(Seal(key))
