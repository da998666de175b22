"""Hooks are believed only with a signature of the source's, recent and over the very bytes that came."""

import base64
import secrets
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher import signatures
from publisher.errors import ConfigError, Refused
from publisher.signatures import BadSignature

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
BODY = b'{"type": "event.created"}'
ID = "msg_2Kx"
# Standard Webhooks' own example, also given by its library.
VECTOR_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
VECTOR_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
VECTOR_BODY = b'{"test": 2432232314}'
VECTOR_MOMENT = datetime.fromtimestamp(1_614_265_330, UTC)
VECTOR_SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

SECRET, OTHER = signatures.new_secret(), signatures.new_secret()
GOOD = signatures.sign(SECRET, ID, NOW, BODY)


def verify(
    headers: dict[str, str], *, body: bytes = BODY, now: datetime = NOW, keys: tuple[str, ...] = (SECRET,)
) -> str:
    return signatures.verify(secrets=keys, headers=headers, body=body, now=now)


def refused(headers: dict[str, str], said: str, *, body: bytes = BODY) -> None:
    with pytest.raises(BadSignature, match=said) as caught:
        verify(headers, body=body)
    assert "\n" not in str(caught.value)
    assert caught.value.way_out


def test_the_specs_own_example_fits() -> None:
    """The frozen vector of Standard Webhooks signs and verifies, so that any sender's library agrees with us."""
    headers = signatures.sign(VECTOR_SECRET, VECTOR_ID, VECTOR_MOMENT, VECTOR_BODY)
    assert headers == {
        "webhook-id": VECTOR_ID,
        "webhook-timestamp": "1614265330",
        "webhook-signature": VECTOR_SIGNATURE,
    }
    assert verify(headers, body=VECTOR_BODY, now=VECTOR_MOMENT, keys=(VECTOR_SECRET,)) == VECTOR_ID


@given(
    st.text(st.characters(min_codepoint=47, max_codepoint=126), min_size=1, max_size=255),
    st.binary(max_size=200),
)
def test_what_is_signed_verifies(webhook_id: str, body: bytes) -> None:
    """Any id and any bytes, JSON or not, that were signed with the secret are believed."""
    assert verify(signatures.sign(SECRET, webhook_id, NOW, body), body=body) == webhook_id


@given(st.data())
def test_no_changed_byte_verifies(data: st.DataObject) -> None:
    """Body, id, time or signature: one changed character is a refusal."""
    name = data.draw(st.sampled_from(["body", *GOOD]))
    whole = bytearray(BODY if name == "body" else GOOD[name].encode())
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] = data.draw(st.integers(33, 126).filter(lambda value: value != whole[place]))
    headers = GOOD if name == "body" else GOOD | {name: whole.decode()}
    with pytest.raises(BadSignature):
        verify(headers, body=bytes(whole) if name == "body" else BODY)


@given(st.dictionaries(st.sampled_from(list(GOOD)), st.text(max_size=40)), st.binary(max_size=40))
def test_a_strangers_request_is_a_refusal_and_never_a_crash(headers: dict[str, str], body: bytes) -> None:
    """Whatever an anonymous request holds, the answer is BadSignature, which is a 401 and no 500."""
    with pytest.raises(BadSignature):
        verify(GOOD | headers if len(headers) < 3 else headers, body=body)


@pytest.mark.parametrize("name", list(GOOD))
def test_each_header_is_needed_once(name: str) -> None:
    """A missing header is named, and so is one that is there twice, since either could be meant."""
    refused({key: value for key, value in GOOD.items() if key != name}, f"{name} is missing")
    refused(GOOD | {name.title(): GOOD[name]}, f"{name} is there more than once")


def test_header_names_have_no_case() -> None:
    """HTTP header names have no case (RFC 9110, section 5.1)."""
    assert verify({name.title(): value for name, value in GOOD.items()}) == ID


@pytest.mark.parametrize("off", [-300, 0, 300])
def test_a_clock_may_be_five_minutes_off(off: int) -> None:
    """Up to 300 seconds either way are a clock that is off."""
    assert verify(signatures.sign(SECRET, ID, NOW + timedelta(seconds=off), BODY)) == ID


@pytest.mark.parametrize(("off", "side"), [(-301, "past"), (301, "future"), (-86_400, "past")])
def test_an_old_or_future_hook_is_refused(off: int, side: str) -> None:
    """Beyond 300 seconds a captured request is no longer believed, and the reason says which way."""
    refused(signatures.sign(SECRET, ID, NOW + timedelta(seconds=off), BODY), f"in the {side}")


@pytest.mark.parametrize(
    "form", ["{}.7", " {}", "{} ", "+{}", "0{}", "{}e0", "0x6", "", "-1", "9" * 400, "{}\n", "1_7", "١٧٦"]
)
def test_a_time_is_whole_seconds_and_nothing_else(form: str) -> None:
    """What other parsers would take for a number, or choke on, is refused, though it be signed."""
    seconds = form.format(int(NOW.timestamp()))
    signature = signatures._signature(signatures._key(SECRET), ID, seconds, BODY)  # a signer that is wrong
    refused({"webhook-id": ID, "webhook-timestamp": seconds, "webhook-signature": signature}, "whole seconds")


@pytest.mark.parametrize("given_id", ["", "a.b", "a b", "é", "x" * 256, "a\n"])
def test_an_id_cannot_blur_what_was_signed(given_id: str) -> None:
    """A full stop could pass for the end of the id; other ids cannot be kept or logged safely."""
    refused(signatures.sign(SECRET, given_id, NOW, BODY), "webhook-id must be")


@pytest.mark.parametrize(
    "signature",
    [
        "",
        " ",
        "v1",
        "v1,",
        "v1,,",
        "nocomma",
        "v1,a,b",
        "v1,!!!!",
        "v1,é",
        "v1,AAAA",
        "v1a,AAAA",
        "v2,AAAA",
        "\udcff",
        ",",
        "v1,\0",
    ],
)
def test_a_malformed_signature_is_a_refusal(signature: str) -> None:
    """Each form that makes the published library fail with another error is refused in one line here."""
    refused(GOOD | {"webhook-signature": signature}, "signature")


@pytest.mark.parametrize("form", ["{},x", "V1{}", "{}=", "{}\n"])
def test_only_the_exact_text_of_a_signature_fits(form: str) -> None:
    """One signature has one text: a lenient decoder would accept others."""
    refused(GOOD | {"webhook-signature": form.format(GOOD["webhook-signature"])}, "signature")


@pytest.mark.parametrize("form", ["v1,AAAA {}", "{} v1a,AAAA", "{}  v1,AAAA", "bad {} v1"])
def test_one_good_signature_in_a_list_is_enough(form: str) -> None:
    """A sender changing its secret lists two signatures; unknown and malformed ones are passed over."""
    assert verify(GOOD | {"webhook-signature": form.format(GOOD["webhook-signature"])}) == ID


def test_an_endless_list_of_signatures_is_refused() -> None:
    """A list made to keep us comparing is refused before the comparing."""
    refused(GOOD | {"webhook-signature": "v1,AAAA " * 30 + GOOD["webhook-signature"]}, "more than 20")


def test_the_kind_of_signature_is_said() -> None:
    """Who sends only another kind is told which one is needed."""
    refused(GOOD | {"webhook-signature": "v1a,AAAA"}, "no signature of the kind v1")


def test_either_of_two_secrets_is_believed() -> None:
    """While a secret is changed, hooks signed with the old and with the new one both come in."""
    for secret in (SECRET, OTHER):
        assert verify(signatures.sign(secret, ID, NOW, BODY), keys=(SECRET, OTHER)) == ID


def test_a_secret_that_is_no_longer_ours_is_refused() -> None:
    """Once the old secret is taken out, what it signs is refused."""
    with pytest.raises(BadSignature, match="no signature fits"):
        verify(signatures.sign(OTHER, ID, NOW, BODY))


@pytest.mark.parametrize("size", [0, 1, 23, 65])
def test_a_secret_has_24_to_64_bytes(size: int) -> None:
    """A short secret can be guessed; the spec allows 24 to 64 bytes."""
    with pytest.raises(ConfigError, match="24 to 64 bytes"):
        signatures.sign(f"whsec_{base64.b64encode(secrets.token_bytes(size)).decode()}", ID, NOW, BODY)


@pytest.mark.parametrize("form", ["{}", "whsec_{}!", "WHSEC_{}", "whsec_", "whsec_é", "whsec_ {}"])
def test_a_secret_of_another_form_is_a_config_error_that_does_not_show_it(form: str) -> None:
    """A mistyped secret is a set-up error; its text is in no message, since messages are logged."""
    core = base64.b64encode(secrets.token_bytes(32)).decode()
    with pytest.raises(ConfigError) as caught:
        verify(GOOD, keys=(SECRET, form.format(core)))
    assert core not in str(caught.value)


def test_no_secret_at_all_lets_nothing_in() -> None:
    """A source without a secret is a set-up error, not an open door."""
    with pytest.raises(ConfigError, match="no secret"):
        verify(GOOD, keys=())


def test_new_secrets_differ_and_work() -> None:
    """A fresh secret has 32 random bytes, in the form that senders expect."""
    fresh = signatures.new_secret()
    assert fresh != signatures.new_secret()
    assert len(base64.b64decode(fresh.removeprefix("whsec_"))) == 32
    assert verify(signatures.sign(fresh, ID, NOW, BODY), keys=(fresh,)) == ID


def test_a_refusal_is_an_expected_error() -> None:
    """A bad signature is one of the product's own errors, so that every door shows it as one line."""
    assert issubclass(BadSignature, Refused)
