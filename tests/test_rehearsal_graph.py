"""The rehearsal Graph API: Pages by facebook-sdk, Instagram by plain HTTP, as strict as documented."""

import io
import json
from datetime import timedelta
from pathlib import Path

import facebook
import pytest
import requests
from rehearsal_support import Clock, bearer, errors, instagram, picture, put

from publisher.rehearsal.credentials import Credentials, FacebookCredentials
from publisher.rehearsal.platforms import Platforms

pytest_plugins = ["rehearsal_fixtures"]


# Facebook


def test_facebook_sdk_posts_a_link(
    platforms: Platforms, page: facebook.GraphAPI, web: requests.Session
) -> None:
    """A link post answers with the fields asked for, and its permalink is a page that shows it."""
    own, link = platforms.credentials.facebook, f"{platforms.website.url}/news/bins/"
    page.access_token = own.token  # goes into the body of a POST with fields; put_object insists on it
    told = page.put_object(own.page_id, "feed", message="New days", link=link, fields="id,permalink_url")
    assert told["permalink_url"] == f"{platforms.wall.url}/facebook/{told['id']}"
    (post,) = platforms.ledger.posts("facebook")
    assert (post.text, post.link, post.card and post.card.title) == (
        "New days",
        link,
        "Bins on Monday & Tuesday",
    )
    assert "New days" in web.get(told["permalink_url"]).text


def test_facebook_posts_photos_with_alt_text(platforms: Platforms, page: facebook.GraphAPI) -> None:
    """Unpublished photos are on no wall until a post has them; a photo is used once."""
    own = platforms.credentials.facebook
    photo = page.put_photo(
        io.BytesIO(picture(64, 48)), f"{own.page_id}/photos", published="false", alt_text_custom="Two bins"
    )
    assert platforms.ledger.posts() == []
    attached = json.dumps([{"media_fbid": photo["id"]}])
    page.request(
        f"v26.0/{own.page_id}/feed", post_args={"message": "Hello", "attached_media": attached}, method="POST"
    )
    (post,) = platforms.ledger.posts("facebook")
    assert [held.alt for held in post.media] == ["Two bins"]
    with pytest.raises(facebook.GraphAPIError, match="unused photo"):
        page.request(
            f"v26.0/{own.page_id}/feed",
            post_args={"message": "Again", "attached_media": attached},
            method="POST",
        )


def test_facebook_publishes_one_photo_at_once(platforms: Platforms, page: facebook.GraphAPI) -> None:
    """A published photo is a post: post_id, caption and alt text on the wall, readable by its id."""
    own = platforms.credentials.facebook
    told = page.put_photo(
        io.BytesIO(picture(64, 48)), f"{own.page_id}/photos", caption="Bins", alt_text_custom="Two bins"
    )
    (post,) = platforms.ledger.posts("facebook")
    assert (post.id, post.text, post.media[0].alt) == (told["post_id"], "Bins", "Two bins")


def test_a_token_in_the_address_is_refused_and_on_record(platforms: Platforms, web: requests.Session) -> None:
    """A token in a URL ends up in logs: it is refused although right, noted as a fault, and itself not written down."""
    own = platforms.credentials.facebook
    answer = web.get(
        f"{platforms.graph.url}/v26.0/{own.page_id}", params={"fields": "id", "access_token": own.token}
    )
    assert answer.status_code == 400
    assert [entry.fault for entry in platforms.ledger.faults("facebook")] == ["token in an address"]
    assert own.token not in json.dumps(platforms.ledger.as_json())


@pytest.mark.parametrize("scheme", ["Bearer", "OAuth"])
def test_graph_takes_the_token_in_header_or_body(
    platforms: Platforms, web: requests.Session, scheme: str
) -> None:
    """Both header schemes and the body field work; a wrong token and none are 401, another platform's 403."""
    own, url = (
        platforms.credentials.facebook,
        f"{platforms.graph.url}/v26.0/{platforms.credentials.facebook.page_id}",
    )
    assert web.get(url, headers={"Authorization": f"{scheme} {own.token}"}).json()["id"] == own.page_id
    assert web.post(f"{url}/feed", data={"message": "Hello", "access_token": own.token}).status_code == 200
    assert errors(web.get(url, headers={"Authorization": f"{scheme} other"}))[:2] == (401, 190)
    assert errors(web.get(url))[:2] == (401, 104)
    assert errors(web.get(url, headers=bearer(platforms.credentials.instagram.token)))[:2] == (403, 200)


def test_graph_insists_on_the_version(platforms: Platforms, web: requests.Session) -> None:
    """A call without v26.0 is refused: a real one would drift with the app's dashboard."""
    own = platforms.credentials.facebook
    for path in (own.page_id, f"v25.0/{own.page_id}", f"v2.8/{own.page_id}"):
        assert errors(web.get(f"{platforms.graph.url}/{path}", headers=bearer(own.token)))[:2] == (400, 2635)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"message": "a", "tags": "1"},
        {"message": "a", "published": "False"},
        {"message": "a", "attached_media": "media_fbid"},
        {"message": "a", "attached_media": '[{"media_fbid":"1"}]'},
        {"message": "a", "fields": "id,nonsense"},
    ],
)
def test_facebook_refuses_a_post_that_is_wrong(
    platforms: Platforms, web: requests.Session, fields: dict[str, str]
) -> None:
    """Unknown fields, Python's False, mangled lists and unknown photos are code 100, and leave no post."""
    own = platforms.credentials.facebook
    answer = web.post(
        f"{platforms.graph.url}/v26.0/{own.page_id}/feed", data=fields, headers=bearer(own.token)
    )
    assert errors(answer)[:2] == (400, 100)
    assert platforms.ledger.posts() == []


def test_facebook_reads_back_own_posts(platforms: Platforms, page: facebook.GraphAPI, clock: Clock) -> None:
    """published_posts is newest first, within since and until, without what is unpublished."""
    own = platforms.credentials.facebook
    for message in ("one", "two"):
        page.request(f"v26.0/{own.page_id}/feed", post_args={"message": message}, method="POST")
        clock.moment += timedelta(minutes=1)
    page.request(
        f"v26.0/{own.page_id}/feed", post_args={"message": "hidden", "published": "false"}, method="POST"
    )
    path, fields = (
        f"v26.0/{own.page_id}/published_posts",
        "id,message,created_time,permalink_url,is_published",
    )
    told = page.request(path, {"fields": fields})["data"]
    assert [(post["message"], post["created_time"]) for post in told] == [
        ("two", "2026-12-01T09:01:00+0000"),
        ("one", "2026-12-01T09:00:00+0000"),
    ]
    since = int(clock.moment.timestamp()) - 60
    assert [post["id"] for post in page.request(path, {"fields": "id", "since": since})["data"]] == [
        told[0]["id"]
    ]


def test_facebook_deletes(platforms: Platforms, web: requests.Session) -> None:
    """Own posts and unused photos can be deleted, once; anything else is 100/33."""
    own, url = platforms.credentials.facebook, f"{platforms.graph.url}/v26.0"
    headers = bearer(own.token)
    post = web.post(f"{url}/{own.page_id}/feed", data={"message": "a"}, headers=headers).json()["id"]
    files = {"source": ("a.jpg", picture(9, 9))}
    photo = web.post(
        f"{url}/{own.page_id}/photos", data={"published": "false"}, files=files, headers=headers
    ).json()["id"]
    for node in (post, photo):
        assert web.delete(f"{url}/{node}", headers=headers).json() == {"success": True}
        assert errors(web.delete(f"{url}/{node}", headers=headers)) == (400, 100, 33)
    assert platforms.ledger.posts() == []


def test_facebook_scrapes_on_demand(platforms: Platforms, web: requests.Session) -> None:
    """POST /?id=...&scrape=true tells what it saw, and refuses a page that is not there."""
    headers, ask = bearer(platforms.credentials.facebook.token), {"scrape": "true"}
    link = f"{platforms.website.url}/news/bins/"
    answer = web.post(f"{platforms.graph.url}/", params=ask | {"id": link}, headers=headers)
    assert answer.json()["title"] == "Bins on Monday & Tuesday"
    missing = web.post(f"{platforms.graph.url}/v26.0/", params=ask | {"id": link + "x"}, headers=headers)
    assert errors(missing)[:2] == (400, 1609005)
    assert platforms.graph.pages.scraped == [link, link + "x"]


def test_facebook_s_list_may_hide_a_post(platforms: Platforms, page: facebook.GraphAPI) -> None:
    """The real list is ranked: a post that it leaves out is as public as before, and readable by its number."""
    own = platforms.credentials.facebook
    feed, listed = f"v26.0/{own.page_id}/feed", f"v26.0/{own.page_id}/published_posts"
    first, second = (page.request(feed, post_args={"message": word}, method="POST")["id"] for word in "ab")
    platforms.graph.pages.hide(first)
    assert [post["id"] for post in page.request(listed)["data"]] == [second]
    assert page.get_object(first, fields="message")["message"] == "a"
    assert [post.id for post in platforms.ledger.posts()] == [first, second]


def test_facebook_counts_what_is_left_over(platforms: Platforms, page: facebook.GraphAPI) -> None:
    """An unpublished photo that no post has is a leftover, until it is deleted or used."""
    own = platforms.credentials.facebook
    one, two = (
        page.put_photo(io.BytesIO(picture(9, 9)), f"{own.page_id}/photos", published="false")["id"]
        for _ in "12"
    )
    assert platforms.graph.pages.leftovers() == [one, two]
    attached = json.dumps([{"media_fbid": one}])
    page.request(
        f"v26.0/{own.page_id}/feed", post_args={"message": "a", "attached_media": attached}, method="POST"
    )
    assert platforms.graph.pages.leftovers() == [two]
    page.delete_object(two)
    assert platforms.graph.pages.leftovers() == []


# tokens, versions, use


def debugged(platforms: Platforms, web: requests.Session, platform: str, **given: str) -> requests.Response:
    token = getattr(platforms.credentials, platform).token
    fields = {"input_token": token, "method": "get", **given}
    return web.post(f"{platforms.graph.url}/v26.0/debug_token", data=fields, headers=bearer(token))


@pytest.mark.parametrize("platform", ["facebook", "instagram"])
def test_graph_tells_of_a_token(
    platforms: Platforms, web: requests.Session, clock: Clock, platform: str
) -> None:
    """Whose it is, what it may do, for which accounts, and when it ends: never is 0."""
    known = platforms.graph.tokens[platform]
    told = debugged(platforms, web, platform).json()["data"]
    assert (told["is_valid"], told["profile_id"], told["type"]) == (True, known.profile, known.kind)
    assert told["scopes"] == [*known.scopes, "public_profile"]
    assert (told["expires_at"], told["data_access_expires_at"]) == (0, 0)
    known.scopes, known.granular = ("ads_read", "email"), {"email": ("7",)}
    known.ends_at = clock.moment + timedelta(days=1)
    known.data_access_ends_at = clock.moment + timedelta(days=2)
    told = debugged(platforms, web, platform).json()["data"]
    assert told["granular_scopes"] == [{"scope": "ads_read"}, {"scope": "email", "target_ids": ["7"]}]
    assert told["data_access_expires_at"] - told["expires_at"] == 86_400


def test_graph_tells_a_token_of_no_other(platforms: Platforms, web: requests.Session) -> None:
    """Nor of itself where it may not ask; and a token that is asked about in an address is a fault."""
    own = platforms.credentials
    other = own.instagram.token
    assert errors(debugged(platforms, web, "facebook", input_token=other))[:2] == (400, 100)
    assert errors(debugged(platforms, web, "facebook", method="post"))[:2] == (400, 100)
    platforms.graph.tokens["facebook"].may_ask = False
    assert errors(debugged(platforms, web, "facebook"))[:2] == (400, 100)
    url = f"{platforms.graph.url}/v26.0/debug_token"
    web.get(url, params={"input_token": own.facebook.token}, headers=bearer(own.facebook.token))
    assert [entry.fault for entry in platforms.ledger.faults()] == ["token in an address"]
    assert own.facebook.token not in json.dumps(platforms.ledger.as_json())


def test_a_token_dies(platforms: Platforms, web: requests.Session, clock: Clock) -> None:
    """By its end, or at once: refused from then on as the real one is, and no other platform's with it."""
    own, other = platforms.credentials.facebook, platforms.credentials.instagram
    url = f"{platforms.graph.url}/v26.0"
    platforms.graph.tokens["facebook"].ends_at = clock.moment + timedelta(hours=1)
    assert web.get(f"{url}/{own.page_id}", headers=bearer(own.token)).status_code == 200
    clock.moment += timedelta(hours=1)
    assert errors(web.get(f"{url}/{own.page_id}", headers=bearer(own.token))) == (401, 190, 463)
    platforms.graph.kill_token("facebook")
    for answer in (
        web.get(f"{url}/{own.page_id}", headers=bearer(own.token)),
        web.post(f"{url}/{own.page_id}/feed", data={"message": "a"}, headers=bearer(own.token)),
    ):
        assert errors(answer) == (401, 190, 460)
    assert web.get(f"{url}/{other.user_id}", headers=bearer(other.token)).status_code == 200
    assert platforms.ledger.posts() == []


def test_an_outage_hides_every_object(platforms: Platforms, web: requests.Session, folder: Path) -> None:
    """With a good token, posts and containers are 100/33 while accounts and lists are shown; until it is over."""
    own, url = platforms.credentials.facebook, f"{platforms.graph.url}/v26.0"
    headers = bearer(own.token)
    post = web.post(f"{url}/{own.page_id}/feed", data={"message": "a"}, headers=headers).json()["id"]
    shown = put(platforms, "square.jpg", picture(640, 640), folder)
    container = instagram(platforms, web, "POST", "/media", image_url=shown).json()["id"]
    platforms.graph.hide_objects("facebook", "instagram")
    assert errors(web.get(f"{url}/{post}", headers=headers)) == (400, 100, 33)
    assert errors(instagram(platforms, web, "GET", container, fields="status_code")) == (400, 100, 33)
    for path in (own.page_id, f"{own.page_id}/published_posts"):
        assert web.get(f"{url}/{path}", headers=headers).status_code == 200
    assert instagram(platforms, web, "GET", "", fields="id").status_code == 200
    platforms.graph.hide_objects()
    assert web.get(f"{url}/{post}", headers=headers).status_code == 200


def test_every_answer_says_its_version(platforms: Platforms, web: requests.Session) -> None:
    """A refusal too, and another version where that is ordered."""
    own, url = platforms.credentials.facebook, f"{platforms.graph.url}/v26.0"
    answers = [web.get(f"{url}/{own.page_id}", headers=bearer(token)) for token in (own.token, "wrong")]
    assert [answer.headers["facebook-api-version"] for answer in answers] == ["v26.0", "v26.0"]
    platforms.graph.answers_as = "v27.0"
    headers = web.get(f"{url}/{own.page_id}", headers=bearer(own.token)).headers
    assert headers["facebook-api-version"] == "v27.0"


def test_graph_checks_the_apps_proof(folder: Path, web: requests.Session) -> None:
    """With an app secret, a call without the right appsecret_proof is refused."""
    made = Credentials.made_up()
    own = FacebookCredentials(
        made.facebook.page_id, made.facebook.token, "app-secret-" + made.facebook.page_id
    )
    with Platforms(folder, credentials=Credentials(made.x, own, made.instagram)) as platforms:
        url = f"{platforms.graph.url}/v26.0/{own.page_id}"
        assert web.get(url, headers=bearer(own.token)).status_code == 400
        proof = facebook.hmac.new(str(own.app_secret).encode(), own.token.encode(), "sha256").hexdigest()
        assert web.get(url, params={"appsecret_proof": proof}, headers=bearer(own.token)).status_code == 200


# Instagram


def test_instagram_publishes(platforms: Platforms, web: requests.Session, folder: Path) -> None:
    """Container, one IN_PROGRESS, FINISHED, published with alt text; comments are then closed; read back by id."""
    url = put(platforms, "square.jpg", picture(640, 640), folder)
    container = instagram(
        platforms, web, "POST", "/media", image_url=url, caption="Bins", alt_text="Two bins"
    ).json()["id"]
    too_early = instagram(platforms, web, "POST", "/media_publish", creation_id=container)
    assert errors(too_early) == (400, 9007, 2207027)
    states = [
        instagram(platforms, web, "GET", container, fields="status_code,status").json()["status_code"]
        for _ in "12"
    ]
    assert states == ["IN_PROGRESS", "FINISHED"]
    media = instagram(platforms, web, "POST", "/media_publish", creation_id=container).json()["id"]
    assert platforms.ledger.posts("instagram")[0].replies == "open"
    assert instagram(platforms, web, "POST", media, comment_enabled="false").json() == {"success": True}
    (post,) = platforms.ledger.posts("instagram")
    assert (post.text, post.media[0].alt, post.replies, post.card) == ("Bins", "Two bins", "closed", None)
    told = instagram(platforms, web, "GET", media, fields="id,permalink,caption,timestamp").json()
    assert (told["permalink"], told["timestamp"]) == (post.url, "2026-12-01T09:00:00+0000")
    assert (
        instagram(platforms, web, "GET", container, fields="status_code").json()["status_code"] == "PUBLISHED"
    )
    assert instagram(platforms, web, "GET", "/media", fields="id,caption").json()["data"] == [
        {"id": media, "caption": "Bins"}
    ]


@pytest.mark.parametrize(
    ("name", "content", "code", "subcode"),
    [
        ("a.png", picture(640, 640, "PNG"), 9004, 2207052),
        ("a.jpg", picture(640, 640, "PNG"), 36001, 2207005),
        ("b.jpg", picture(200, 200), 36000, 2207004),
        ("c.jpg", picture(640, 1280), 36003, 2207009),
        ("d.jpg", picture(1280, 640), 36003, 2207009),
    ],
)
def test_instagram_looks_at_the_picture(
    platforms: Platforms,
    web: requests.Session,
    folder: Path,
    name: str,
    content: bytes,
    code: int,
    subcode: int,
) -> None:
    """It fetches the picture itself; only a JPEG, wide enough and of a ratio it shows, makes a container."""
    url = put(platforms, name, content, folder)
    assert errors(instagram(platforms, web, "POST", "/media", image_url=url)) == (400, code, subcode)


def test_instagram_fetches_like_a_stranger(platforms: Platforms, web: requests.Session) -> None:
    """A missing picture, a redirect and an address off this machine cannot be fetched."""
    for url in (
        f"{platforms.website.url}/media/none.jpg",
        f"{platforms.website.url}/news/bins",
        "http://example.org/a.jpg",
    ):
        assert errors(instagram(platforms, web, "POST", "/media", image_url=url)) == (400, 9004, 2207052)


@pytest.mark.parametrize(
    "given",
    [
        {"caption": "a" * 2201},
        {"caption": "#a " * 31},
        {"caption": "@a " * 21},
        {"alt_text": "a" * 1001},
        {"colour": "red"},
        {"media_type": "STORIES"},
    ],
)
def test_instagram_refuses_what_is_too_much(
    platforms: Platforms, web: requests.Session, folder: Path, given: dict[str, str]
) -> None:
    """Captions, tags and alt text beyond the documented limits, and unknown fields, make no container."""
    url = put(platforms, "square.jpg", picture(640, 640), folder)
    assert instagram(platforms, web, "POST", "/media", image_url=url, **given).status_code == 400


def test_instagram_carousel_keeps_each_alt_text(
    platforms: Platforms, web: requests.Session, folder: Path
) -> None:
    """A carousel of two children is one post with two pictures, each with its own alt text."""
    url = put(platforms, "square.jpg", picture(640, 640), folder)
    children = [
        instagram(
            platforms, web, "POST", "/media", image_url=url, is_carousel_item="true", alt_text=alt
        ).json()["id"]
        for alt in ("one", "two")
    ]
    made = {"media_type": "CAROUSEL", "caption": "Both"}
    assert errors(instagram(platforms, web, "POST", "/media", children=children[0], **made)) == (
        400,
        100,
        2207028,
    )
    parent = instagram(platforms, web, "POST", "/media", children=",".join(children), **made).json()["id"]
    instagram(platforms, web, "GET", parent, fields="status_code")
    instagram(platforms, web, "POST", "/media_publish", creation_id=parent)
    (post,) = platforms.ledger.posts("instagram")
    assert [held.alt for held in post.media] == ["one", "two"]


def test_instagram_containers_expire_and_publish_once(
    platforms: Platforms, web: requests.Session, folder: Path, clock: Clock
) -> None:
    """A container cannot be published twice, nor after a day; the quota tells what was used."""
    url = put(platforms, "square.jpg", picture(640, 640), folder)
    first, second = (instagram(platforms, web, "POST", "/media", image_url=url).json()["id"] for _ in "12")
    instagram(platforms, web, "GET", first, fields="status_code")
    answers = [
        instagram(platforms, web, "POST", "/media_publish", creation_id=first).status_code for _ in "12"
    ]
    assert answers == [200, 400]
    limit = instagram(platforms, web, "GET", "/content_publishing_limit", fields="quota_usage,config").json()
    assert limit["data"][0] == {"quota_usage": 1, "config": {"quota_total": 50, "quota_duration": 86400}}
    clock.moment += timedelta(days=1)
    assert instagram(platforms, web, "GET", second, fields="status_code").json()["status_code"] == "EXPIRED"
    assert errors(instagram(platforms, web, "POST", "/media_publish", creation_id=second)) == (
        400,
        -2,
        2207020,
    )


def test_instagram_has_bad_days_to_order(
    platforms: Platforms, web: requests.Session, folder: Path, clock: Clock
) -> None:
    """Containers that take long, come to an error or run out; a day that is used up; comments that stay open; a false no."""
    account, url = platforms.graph.instagram, put(platforms, "square.jpg", picture(640, 640), folder)

    def made() -> str:
        return str(instagram(platforms, web, "POST", "/media", image_url=url).json()["id"])

    def state(container: str) -> dict[str, str]:
        return dict(instagram(platforms, web, "GET", container, fields="status_code,status").json())

    account.slow_down(2)
    slow = made()
    assert [state(slow)["status_code"] for _ in "123"] == ["IN_PROGRESS", "IN_PROGRESS", "FINISHED"]
    account.slow_down(0)
    account.spoil(2207053)
    spoiled, good = made(), made()
    failed = state(spoiled)
    assert failed["status_code"] == "ERROR"
    assert failed["status"] == "Error: Media upload has failed with error code 2207053"
    assert errors(instagram(platforms, web, "POST", "/media_publish", creation_id=spoiled))[:2] == (400, 9007)
    account.use_quota(50)
    told = instagram(platforms, web, "GET", "/content_publishing_limit", fields="quota_usage").json()
    assert told["data"][0]["quota_usage"] == 50
    assert errors(instagram(platforms, web, "POST", "/media_publish", creation_id=good)) == (400, 9, 2207042)
    account.use_quota(50, total=100)
    account.block_yet_publish()
    assert errors(instagram(platforms, web, "POST", "/media_publish", creation_id=good)) == (403, 4, 2207051)
    (post,) = platforms.ledger.posts("instagram")
    account.keep_comments_open(1)
    closed = [instagram(platforms, web, "POST", post.id, comment_enabled="false").ok for _ in "12"]
    assert closed == [False, True]
    account.expire()
    assert state(slow)["status_code"] == "EXPIRED"
    assert account.fetched == [url] * 3
