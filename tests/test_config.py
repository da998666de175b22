"""config.toml: every wrong key or value is named with the right one, and no secret is ever shown."""

from __future__ import annotations

import re
import secrets
import traceback
from pathlib import Path

import pytest

from publisher import channels, config
from publisher.errors import EXIT_INPUT, ConfigError, InputError
from publisher.settings import reveal

BASE = """
[council]
name = "Example Council"
domains = ["example.gov.uk"]

[channels.website]
adapter = "site"
folder = "site"
endpoint = "https://www.example.gov.uk"
"""
SOURCE = """
[sources.cms]
secrets = ["env:HOOK_SECRET"]
officer = "cms"
"""


def load(folder: Path, text: str = BASE) -> config.Config:
    """The settings in `text`, as a file."""
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    return config.load(file)


def refused(folder: Path, text: str) -> InputError:
    """The error that `text` is answered with."""
    with pytest.raises(InputError) as caught:
        load(folder, text)
    assert caught.value.exit_code == EXIT_INPUT
    assert caught.value.way_out
    return caught.value


def test_the_repository_s_own_config_loads() -> None:
    """What `publisher init` starts from is right, and names only adapters that are there."""
    found = config.load(Path(__file__).parent.parent / "config.toml")
    assert {settings.adapter for settings in found.channels.values()} <= set(channels.names())
    assert found.live_channels == ("website", "facebook", "twitter", "instagram")


def test_the_least_config_is_a_council_and_a_channel(tmp_path: Path) -> None:
    """All else has a default; nothing is opened or made by reading it."""
    found = load(tmp_path)
    assert found.live_channels == ("website",)
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]


@pytest.mark.parametrize(
    ("text", "field", "hint"),
    [
        ("[counsil]\n" + BASE, "counsil", "council"),
        (BASE.replace("domains", "domain"), "council.domain", "domains"),
        (BASE.replace("[council]", "[council]\ncolor = '#000000'"), "council.color", "colour"),
        (BASE + "[queue]\ndatabse = 'x'", "queue.databse", "database"),
        (BASE + "[release]\ngrase = 5", "release.grase", "grace"),
        (BASE + "[daemon]\nprot = 5", "daemon.prot", "port"),
        (BASE + "[policy]\nrule = 'x'", "policy.rule", "rules"),
        (BASE + "timout = 5", "channels.website.timout", "timeout"),
        (BASE + SOURCE + "secret = ['env:X']", "sources.cms.secret", "secrets"),
        (BASE.replace('"site"\nfolder', '"sight"\nfolder'), "channels.website.adapter", "site"),
    ],
)
def test_a_wrong_key_is_named_with_the_nearest_right_one(
    tmp_path: Path, text: str, field: str, hint: str
) -> None:
    """On every level, the path of the key and the word that was meant."""
    error = refused(tmp_path, text)
    assert error.field == field
    assert hint in error.way_out


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (BASE.replace('"Example Council"', "5"), "council.name"),
        (BASE.replace('["example.gov.uk"]', '"example.gov.uk"'), "council.domains"),
        (BASE.replace('["example.gov.uk"]', "[]"), "council.domains"),
        (BASE.replace('["example.gov.uk"]', "[5]"), "council.domains.0"),
        (BASE + "enabled = 'false'", "channels.website.enabled"),
        (BASE + "enabled = 0", "channels.website.enabled"),
        (BASE + "timeout = '20'", "channels.website.timeout"),
        (BASE + "timeout = true", "channels.website.timeout"),
        (BASE + "timeout = 0", "channels.website.timeout"),
        (BASE + "timeout = -1", "channels.website.timeout"),
        (BASE + "timeout = nan", "channels.website.timeout"),
        (BASE + "timeout = inf", "channels.website.timeout"),
        (BASE + "[daemon]\nport = '80'", "daemon.port"),
        (BASE + "[daemon]\nport = 70000", "daemon.port"),
        (BASE + "[release]\nread_back = 5", "release.read_back"),
        (BASE + "[release]\nread_back = [15, 'x']", "release.read_back.1"),
        (BASE + "[release]\ntries = 1.5", "release.tries"),
        (BASE + "[queue]\ndatabase = 5", "queue.database"),
        (
            "council = 'x'\n"
            + BASE.replace("[council]", "[policy]").replace("name", "rules").replace("domains = ", "# "),
            "council",
        ),
        (BASE + "[channels.other]\nlabel = 'x'", "channels.other"),
        (BASE + "[channels.other]\nadapter = 5", "channels.other"),
        (BASE + SOURCE.replace('["env:HOOK_SECRET"]', "[]"), "sources.cms.secrets"),
        (BASE + SOURCE.replace('["env:HOOK_SECRET"]', '["env:A", "env:B", "env:C"]'), "sources.cms.secrets"),
        (BASE + SOURCE + "kinds = ['evnt']", "sources.cms.kinds.0"),
        (BASE + SOURCE + "channels = ['facebok']", "sources.cms.channels"),
        (BASE + SOURCE + "timezone = 'Nowhere'", "sources.cms.timezone"),
        (BASE.replace("[council]", "[council]\ntimezone = 'Nowhere'"), "council.timezone"),
        (BASE.replace("[channels.website]", '[channels."Web, site"]'), "channels.Web, site"),
        (BASE + SOURCE.replace("sources.cms", 'sources."../x"'), "sources.../x"),
    ],
)
def test_a_wrong_value_is_named_by_its_path(tmp_path: Path, text: str, field: str) -> None:
    """No value of a wrong type or beyond its limits is bent until it fits."""
    assert refused(tmp_path, text).field == field


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[channels]\n" + BASE[: BASE.index("[channels")],
        BASE[: BASE.index("[channels")],
        "[council",
        "a = 1\na = 2",
    ],
)
def test_an_empty_or_broken_file_is_one_line(tmp_path: Path, text: str) -> None:
    """No channel, or no TOML: told with the way out."""
    refused(tmp_path, text)


def test_a_file_in_another_encoding_is_one_line(tmp_path: Path) -> None:
    """TOML is UTF-8."""
    (tmp_path / "config.toml").write_bytes(BASE.replace("Example", "Café").encode("latin-1"))
    with pytest.raises(ConfigError, match="cannot be read"):
        config.load(tmp_path / "config.toml")


@pytest.mark.parametrize(
    "domain",
    [
        "https://example.gov.uk",
        "example.gov.uk/news",
        "uk",
        "",
        "*.example.gov.uk",
        ".gov.uk",
        "a b.uk",
        "example.gov.uk:80",
    ],
)
def test_a_domain_is_bare_and_whole(tmp_path: Path, domain: str) -> None:
    """The council's domains decide which links are its own: one that is too short would make everything its own."""
    assert refused(tmp_path, BASE.replace('["example.gov.uk"]', f'["{domain}"]')).field == "council.domains.0"


def test_a_domain_s_capitals_do_not_matter(tmp_path: Path) -> None:
    """Names of hosts have no case (RFC 4343)."""
    assert load(tmp_path, BASE.replace('["example.gov.uk"]', '["Example.GOV.uk"]')).council.domains == (
        "example.gov.uk",
    )


# --- endpoints -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://www.example.gov.uk",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://127.0.0.1@example.com",
        "http://example.com\\\\@127.0.0.1",
        "http://0.0.0.0",
        "http://2130706433",
        "https://name@example.com",
        "https://:word@example.com",
        "https://example.com?x=1",
        "https://example.com?",
        "https://example.com#",
        "https://exam ple.com",
        "https://example.com:99999",
        "https://[::1",
        "https://",
        "//example.com",
        "ftp://example.com",
        "javascript:alert(1)",
        "",
    ],
)
def test_an_endpoint_is_https_and_nothing_but_an_address(tmp_path: Path, endpoint: str) -> None:
    """Tokens go there: plain http, another host in disguise, and anything hidden in the address are refused."""
    assert (
        refused(tmp_path, BASE.replace("https://www.example.gov.uk", endpoint)).field
        == "channels.website.endpoint"
    )


@pytest.mark.parametrize(
    "endpoint",
    ["http://127.0.0.1:8000", "http://localhost", "http://[::1]:9", "https://graph.example.com/v26.0/"],
)
def test_plain_http_is_for_this_machine_only(tmp_path: Path, endpoint: str) -> None:
    """A rehearsal's server on loopback may speak http; a trailing slash is nobody's meaning."""
    found = load(tmp_path, BASE.replace("https://www.example.gov.uk", endpoint))
    assert found.channel("website").endpoint == endpoint.rstrip("/")


# --- secrets ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "prefix",
    ["", "env:", "ENV:", "secret:", "env: ", "file:"],
    ids=["plain", "env", "capitals", "other", "blank", "file"],
)
def test_a_secret_in_plain_text_is_refused_and_never_shown(tmp_path: Path, prefix: str) -> None:
    """However it is written there: neither the line for people nor the traceback for engineers holds it."""
    secret = f"Token-{secrets.token_hex(8)}"
    text = BASE + SOURCE.replace("env:HOOK_SECRET", f"{prefix}{secret}")
    if prefix == "file:":
        found = load(tmp_path, text)
        with pytest.raises(ConfigError, match="cannot be read"):
            reveal(found.sources["cms"].secrets[0], tmp_path, field="sources.cms")
        return
    error = refused(tmp_path, text)
    assert error.field == "sources.cms.secrets.0"
    assert secret not in "".join(traceback.format_exception(error))


def test_a_secret_under_a_wrong_key_or_type_is_never_shown(tmp_path: Path) -> None:
    """A slip of the pen must not put a token into a log."""
    secret = f"Token-{secrets.token_hex(8)}"
    for text in (
        BASE + f"tokn = '{secret}'",
        BASE + f"timeout = '{secret}'",
        BASE + f"[daemon]\nport = '{secret}'",
    ):
        error = refused(tmp_path, text)
        assert secret not in "".join(traceback.format_exception(error))


def test_secrets_come_from_the_environment_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read at the moment of use; a file's path is relative to config.toml; line ends are not part of it."""
    secret = secrets.token_hex(8)
    monkeypatch.setenv("SOME_TOKEN", secret)
    (tmp_path / "token").write_text(f"{secret}\n", encoding="utf-8")
    settings = load(tmp_path).channel("website")
    assert settings.secret("env:SOME_TOKEN") == settings.secret("file:token") == secret
    assert secret not in repr(settings)


def test_a_missing_secret_is_named_by_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not set, empty, blank, no file, an empty file, a folder: each says where it looked."""
    monkeypatch.setenv("BLANK_TOKEN", "  ")
    (tmp_path / "empty").touch()
    settings = load(tmp_path).channel("website")
    for reference, named in [
        ("env:NO_SUCH_TOKEN", "NO_SUCH_TOKEN"),
        ("env:BLANK_TOKEN", "BLANK_TOKEN"),
        ("file:none", "none"),
        ("file:empty", "empty"),
        ("file:.", str(tmp_path)),
    ]:
        with pytest.raises(ConfigError) as caught:
            settings.secret(reference)
        assert named in caught.value.message
        assert caught.value.field == "channels.website"
        assert caught.value.way_out


def test_a_secret_file_that_is_no_text_is_not_shown(tmp_path: Path) -> None:
    """Not a byte of it, in no part of the error, its causes included."""
    (tmp_path / "token").write_bytes(b"secret-part\xff\xfe")
    with pytest.raises(ConfigError, match="cannot be read") as caught:
        load(tmp_path).channel("website").secret("file:token")
    assert caught.value.__cause__ is None
    assert "secret-part" not in "".join(traceback.format_exception(caught.value))


# --- which file, and what is in it -----------------------------------------------------------------------------


def test_paths_start_at_the_config_s_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the program is started from; an absolute path stays as it is."""
    (tmp_path / "office").mkdir()
    file = tmp_path / "office" / "config.toml"
    file.write_text(BASE + "[queue]\nmedia = '/srv/media'", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    found = config.load("office/config.toml")
    assert found.database == tmp_path / "office" / "queue" / "queue.db"
    assert found.path(found.queue.media) == Path("/srv/media")
    assert found.channel("website").path("site") == tmp_path / "office" / "site"
    assert (found.folder, found.file) == (file.parent, file)


def test_which_config_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--config, else PUBLISHER_CONFIG, else config.toml here; one that is not there is named."""
    given, environment, here = (tmp_path / name for name in ("given.toml", "environment.toml", "config.toml"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"config\.toml.*publisher init"):
        config.find(None)
    for file in (given, environment, here):
        file.touch()
    assert config.find(None).resolve() == here
    monkeypatch.setenv("PUBLISHER_CONFIG", str(environment))
    assert config.find(None) == environment
    assert config.find(str(given)) == given
    monkeypatch.setenv("PUBLISHER_CONFIG", str(tmp_path / "gone.toml"))
    with pytest.raises(ConfigError, match=r"gone\.toml"):
        config.find(None)


def test_a_channel_that_is_switched_off_is_known_and_not_live(tmp_path: Path) -> None:
    """`enabled = false` keeps its settings and takes it out of every release."""
    found = load(
        tmp_path, BASE + BASE[BASE.index("[channels") :].replace("website", "second") + "enabled = false"
    )
    assert found.live_channels == ("website",)
    assert not found.channel("second").enabled


def test_an_unknown_channel_names_the_nearest(tmp_path: Path) -> None:
    """By a person's slip or a stale row: one line."""
    with pytest.raises(ConfigError, match="Did you mean website"):
        load(tmp_path).channel("websight")


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    """What was checked stays what was checked."""
    found = load(tmp_path)
    with pytest.raises(ValueError, match="frozen"):
        found.council.name = "Another"


def test_a_channel_loads_without_a_connection_or_a_secret(tmp_path: Path) -> None:
    """channels.load gives the adapter; the folder is as before."""
    adapter = channels.load("website", load(tmp_path))
    assert adapter.makes_page
    adapter.close()
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]


def test_a_config_with_only_a_server_is_one_for_the_command_line(tmp_path: Path) -> None:
    """At an officer's own machine [client] is enough to ask with, and no daemon could be run with it."""
    text = '[client]\nserver = "https://publisher.example.gov.uk"\ntoken = "file:token.txt"\n'
    (tmp_path / "config.toml").write_text(text)
    client, daemon = config.client(tmp_path / "config.toml")
    assert (client.server, client.token) == ("https://publisher.example.gov.uk", "file:token.txt")
    assert daemon.socket == ""
    assert refused(tmp_path, text).field == "channels"


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ('[client]\nserver = "http://publisher.example.gov.uk"', "client.server"),
        ('[client]\nserver = "https://x"\ntoken = "pub_0123"', "client.token"),
        ('[client]\nserver = "https://x"\nuser = "sam"', "client.user"),
        ("[client]\ntimeout = 0", "client.timeout"),
        ('client = "https://x"', "client"),
        ("[daemon]\nsocket = 7", "daemon.socket"),
        ('[daemon]\nnames = ["https://x.example"]', "daemon.names.0"),
        ("[client", ""),
    ],
)
def test_a_wrong_server_is_named_by_its_path(tmp_path: Path, text: str, field: str) -> None:
    """What the command line reads of config.toml is checked as strictly as the rest, and no secret is shown."""
    (tmp_path / "config.toml").write_text(text)
    with pytest.raises(ConfigError) as error:
        config.client(tmp_path / "config.toml")
    assert error.value.field == field
    assert "0123" not in str(error.value)


@pytest.mark.parametrize(
    ("table", "key", "value", "told"),
    [
        ("channels.twitter", "post_price", "true", "a valid number"),
        ("channels.twitter", "post_price", '"0.2"', "a valid number"),
        ("channels.twitter", "post_price", "-0.2", "greater than or equal to 0"),
        ("channels.twitter", "post_price", "inf", "a finite number"),
        ("channels.twitter", "post_price", "150", "less than or equal to 100"),
        ("channels.twitter", "timeout", "99999", "less than or equal to 120"),
        ("channels.facebook", "scrape_timeout", "500", "less than or equal to 10"),
        ("client", "timeout", "99999", "less than or equal to 120"),
    ],
)
def test_a_number_that_makes_no_sense_is_refused_with_the_most_that_does(
    table: str, key: str, value: str, told: str, tmp_path: Path
) -> None:
    """No yes for a price, no day for a time-out; and the way out names a page that has the keys."""
    text = (Path(__file__).parent.parent / "config.toml").read_text(encoding="utf-8")
    text = re.sub(r"^timeout = .*$", "", text, flags=re.MULTILINE)
    text = (
        text.replace(f"[{table}]\n", f"[{table}]\n{key} = {value}\n")
        if f"\n[{table}]\n" in text
        else f"{text}\n[{table}]\n{key} = {value}\n"
    )
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=rf"{table}\.{key}: .*{told}.*docs/channels\.md"):
        config.load(file)
