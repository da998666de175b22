"""Secrets made up for one test: `pytest_plugins = ["channels_fixtures"]`."""

import secrets

import pytest
from channels_support import ACCOUNT_ID, SECRET_NAMES, session


@pytest.fixture
def tokens(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    made = {name: f"{ACCOUNT_ID}-token{secrets.token_hex(8)}" for name in SECRET_NAMES}
    monkeypatch.setenv("INSTAGRAPI_SESSION", session(made["INSTAGRAPI_SESSIONID"]))
    for name, value in made.items():
        monkeypatch.setenv(name, value)
    return made
