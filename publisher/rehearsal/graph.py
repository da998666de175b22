"""The Graph API v26.0 as the host of Pages and Instagram: versions, tokens, and who may ask what."""

from __future__ import annotations

import hashlib
import hmac

from publisher.rehearsal.api import Api, Call, Refusal, Routes
from publisher.rehearsal.credentials import FacebookCredentials, InstagramCredentials, same
from publisher.rehearsal.graph_words import VERSION, error
from publisher.rehearsal.instagram import Instagram
from publisher.rehearsal.ledger import Ledger
from publisher.rehearsal.pages import Pages

URL_TOKEN = "token in an address"  # noqa: S105  # the fault's name
_SCHEMES = frozenset({"bearer", "oauth"})


class Graph(Api):
    """One host, two platforms, each with a token of its own. A token in an address is refused: addresses end up in logs."""

    name = "graph"

    def __init__(
        self, ledger: Ledger, facebook: FacebookCredentials, instagram: InstagramCredentials, *, polls: int
    ) -> None:
        super().__init__(ledger)
        self._facebook, self._instagram = facebook, instagram
        self._pages = Pages(self, facebook.page_id)
        self._media = Instagram(self, instagram.user_id, polls=polls)

    @property
    def routes(self) -> Routes:
        return (*self._pages.routes, *self._media.routes)

    def platform_of(self, call: Call) -> str:
        node = (*call.path.split("/"), "", "")[2]
        return "instagram" if self._media.owns(node) else "facebook"

    def check(self, call: Call) -> None:
        if {"access_token", "client_secret"} & call.query.keys():
            raise error(
                100,
                "A token in an address ends up in logs: send it in the header or the body.",
                fault=URL_TOKEN,
            )
        self._check_version(call.path)
        self._check_token(_token(call), self.platform_of(call))
        self._check_proof(call)

    def _check_version(self, path: str) -> None:
        if path != "/" and not path.startswith(f"/{VERSION}/"):
            raise error(2635, f"This rehearsal speaks {VERSION}: a call must name the version, and this one.")

    def _check_token(self, token: str, platform: str) -> None:
        tokens = {"facebook": self._facebook.token, "instagram": self._instagram.token}
        if not token:
            raise error(104, "An access token is required to request this resource.", status=401)
        if same(token, tokens[platform]):
            return
        if any(same(token, other) for other in tokens.values()):
            raise error(200, "Requires permission to access the object with this token.", status=403)
        raise error(190, "Invalid OAuth access token - Cannot parse access token", status=401)

    def _check_proof(self, call: Call) -> None:
        secret = self._facebook.app_secret
        proof = str({**call.query, **call.fields}.get("appsecret_proof", ""))
        if secret is None and not proof:
            return
        right = hmac.new((secret or "").encode(), _token(call).encode(), hashlib.sha256).hexdigest()
        if secret is None or not same(proof, right):
            raise error(100, "Invalid appsecret_proof provided in the API argument")

    def no_such_route(self, call: Call) -> Refusal:
        node = call.path.rpartition("/")[2]
        return error(
            100,
            f"Unsupported {call.method.lower()} request. Object with ID '{node}' does not exist, or is not ours",
            subcode=33,
        )

    def malformed(self, why: str) -> Refusal:
        return error(100, f"Invalid request: {why}")


def _token(call: Call) -> str:
    scheme, _, token = call.authorization.partition(" ")
    if scheme.lower() in _SCHEMES:
        return token.strip()
    body = call.fields.get("access_token", "")
    return body if isinstance(body, str) else ""
