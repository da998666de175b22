"""The Graph API v26.0 as the host of Pages and Instagram: versions, tokens, and who may ask what."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import replace

from publisher.rehearsal.api import Answer, Api, Call, Refusal, Routes
from publisher.rehearsal.credentials import FacebookCredentials, InstagramCredentials, same
from publisher.rehearsal.graph_tokens import PAGE_TOKEN, RIGHTS, Token
from publisher.rehearsal.graph_words import NODE, VERSION, error, parameters, picked
from publisher.rehearsal.instagram import Instagram
from publisher.rehearsal.ledger import Entry, Ledger
from publisher.rehearsal.pages import Pages

URL_TOKEN = "token in an address"  # noqa: S105  # the fault's name
_OBJECT = re.compile(rf"{NODE}/[0-9_]+")
_SCHEMES = frozenset({"bearer", "oauth"})


class Graph(Api):
    """One host, two platforms, each with a token of its own. A token in an address is refused: addresses end up in logs.

    `tokens` are what it knows of each, to be changed while it runs. `answers_as` is the version that says it answered.
    """

    name = "graph"

    def __init__(
        self, ledger: Ledger, facebook: FacebookCredentials, instagram: InstagramCredentials, *, polls: int
    ) -> None:
        super().__init__(ledger)
        self._facebook, self._instagram = facebook, instagram
        self.pages = Pages(self, facebook.page_id)
        self.instagram = Instagram(self, instagram.user_id, polls=polls)
        self.tokens = {
            "facebook": Token(facebook.page_id, PAGE_TOKEN, RIGHTS["facebook"]),
            "instagram": Token(instagram.user_id, "SYSTEM_USER", RIGHTS["instagram"]),
        }
        self.answers_as = VERSION
        self._out_of_sight: frozenset[str] = frozenset()

    def kill_token(self, platform: str, subcode: int = 460) -> None:
        """From now on the token is refused: 190 and this sub-code (460: its person changed their password)."""
        self.tokens[platform].dead = subcode

    def hide_objects(self, *platforms: str) -> None:
        """From now on no post, container or picture there can be read, with a good token: 100/33 (Meta, 23 May 2026, for days).

        Without a name, the outage is over.
        """
        self._out_of_sight = frozenset(platforms)

    @property
    def routes(self) -> Routes:
        debugging = ("POST", f"{NODE}/debug_token", self._debug_token)
        return (debugging, ("GET", f"{NODE}/me", self._me), *self.pages.routes, *self.instagram.routes)

    def platform_of(self, call: Call) -> str:
        node = (*call.path.split("/"), "", "")[2]
        if node in {"debug_token", "me"}:
            return "instagram" if same(_token(call), self._instagram.token) else "facebook"
        return "instagram" if self.instagram.owns(node) else "facebook"

    async def _done(self, call: Call, entry: Entry) -> Answer:
        """Every answer, a refusal too, says which version gave it ("Platform Versioning")."""
        answer = await super()._done(call, entry)
        return replace(answer, headers={"facebook-api-version": self.answers_as, **answer.headers})

    async def _me(self, call: Call) -> Answer:
        """Whoever the token stands for: the Page by its own, by a user's that user, whatever they may read."""
        token = self.tokens[self.platform_of(call)]
        if token.kind == PAGE_TOKEN:
            return self.pages.itself(call)
        node = {"id": token.user, "name": "Jo Bloggs (rehearsal)"}
        return Answer(picked(node, parameters(call, {"fields"}).get("fields", "id,name"), "User"))

    async def _debug_token(self, call: Call) -> Answer:
        """`GET /debug_token`, sent as a POST with method=get, so that the token is in no address."""
        given, token = parameters(call, {"input_token", "method"}), self.tokens[self.platform_of(call)]
        if str(given.get("method")).lower() != "get":
            raise self.no_such_route(call)
        if not token.may_ask or not same(str(given.get("input_token", "")), _token(call)):
            raise error(
                100,
                "You must provide an app access token, or a user access token that is an owner or developer of the app",
            )
        return Answer({"data": token.facts(call.at)})

    def check(self, call: Call) -> None:
        if {"access_token", "client_secret", "input_token"} & call.query.keys():
            raise error(
                100,
                "A token in an address ends up in logs: send it in the header or the body.",
                fault=URL_TOKEN,
            )
        self._check_version(call.path)
        self._check_token(_token(call), self.platform_of(call))
        self._check_proof(call)
        if refusal := self.tokens[self.platform_of(call)].refusal(call.at):
            raise refusal
        is_hidden = self.platform_of(call) in self._out_of_sight
        if is_hidden and call.method == "GET" and _OBJECT.fullmatch(call.path):
            self._demand_account(call)

    def _demand_account(self, call: Call) -> None:
        if call.path.rpartition("/")[2] not in {self._facebook.page_id, self._instagram.user_id}:
            raise self.no_such_route(call)

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
