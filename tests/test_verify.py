"""The page is looked at as a stranger would, over real HTTP, before any platform hears of it."""

from collections.abc import Generator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest
from site_support import EVENT, NEWS, serving, website

from publisher.errors import EXIT_OUTSIDE, OutsideFailed
from publisher.verify import verify_page, without_reference
from publisher.wire import MAX_ANSWER_BYTES

PAGE = "/news/library/"


@dataclass
class Answer:
    """What the server says for one path."""

    body: bytes = b""
    status: int = 200
    kind: str = "text/html; charset=utf-8"
    location: str = ""
    hold: bool = False


@dataclass
class Server:
    """A web server on loopback whose answers a test writes; keeps what it was asked."""

    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    over: Event = field(default_factory=Event)
    base: str = ""

    def page(self, **changes: str) -> str:
        """Puts a right page, with the given tags changed (an empty one is left out), and gives its link."""
        tags = {
            "canonical": self.base + PAGE,
            "og:url": self.base + PAGE,
            "og:title": "Library &amp; more",
            "og:image": f"{self.base}/media/a.jpg",
        } | {name.replace("_", ":"): value for name, value in changes.items()}
        metas = "".join(
            f'<meta property="{name}" content="{value}">'
            for name, value in tags.items()
            if value and name != "canonical"
        )
        link = f'<link rel="canonical" href="{tags["canonical"]}">' if tags["canonical"] else ""
        self.answers[PAGE] = Answer(f"<!doctype html><head>{link}{metas}</head>".encode())
        self.answers["/media/a.jpg"] = Answer(b"\xff\xd8", kind="image/jpeg")
        return f"{self.base}{PAGE}?c=r1"


def handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.append((self.path, dict(self.headers)))
            answer = server.answers.get(self.path.partition("?")[0], Answer(status=404))
            if answer.hold:
                server.over.wait()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(answer.body)))
            if answer.location:
                self.send_header("Location", answer.location)
            self.end_headers()
            try:
                self.wfile.write(answer.body)
            except ConnectionError:
                server.over.set()  # the reader had enough, as it should

        def log_message(self, *args: object) -> None:
            """The test's output is not a web server's log."""

    return Handler


@pytest.fixture
def server() -> Generator[Server, None, None]:
    made = Server()
    real = ThreadingHTTPServer(("127.0.0.1", 0), handler(made))
    made.base = f"http://127.0.0.1:{real.server_port}"
    thread = Thread(target=real.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.over.set()
    real.shutdown()
    thread.join()
    real.server_close()


def wrong(link: str, timeout: float = 5.0) -> str:
    with pytest.raises(OutsideFailed) as failure:
        verify_page(link, timeout=timeout)
    assert failure.value.exit_code == EXIT_OUTSIDE
    return str(failure.value)


@pytest.mark.parametrize("value", [NEWS, EVENT])
def test_our_own_pages_are_right(tmp_path: Path, value: dict[str, object]) -> None:
    """What the website's channel publishes is what the verification wants, for news and events."""
    with serving(tmp_path / "site" / "current") as base:
        site = website(tmp_path, base)
        post = site.post(value)
        assert "the answer is 404" in wrong(post.link)
        site.publish(post)
        verify_page(post.link, timeout=5.0)


def test_a_right_page_is_read_once_and_so_is_its_picture(server: Server) -> None:
    """Two reads, without cookie or credential, warm what the platforms will fetch."""
    verify_page(server.page(), timeout=5.0)
    assert [path for path, _ in server.asked] == [f"{PAGE}?c=r1", "/media/a.jpg"]
    assert not {"cookie", "authorization"} & {name.lower() for _, headers in server.asked for name in headers}


@pytest.mark.parametrize("location", ["/elsewhere/", "https://login.example.org/", "//evil.example.org"])
def test_a_redirect_is_no_page(server: Server, location: str) -> None:
    """A redirect is not followed: platforms would keep the address it leads to."""
    link = server.page()
    server.answers["/elsewhere/"] = server.answers[PAGE]
    server.answers[PAGE] = Answer(status=302, location=location)
    assert f"it is a redirect (302) to {location}" in wrong(link)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("tag", "value", "said"),
    [
        ("og_url", "https://www.example.gov.uk/other/", "og:url is https://www.example.gov.uk/other/, not"),
        ("og_url", "", "og:url is missing, not"),
        ("canonical", "/news/library/", "canonical is /news/library/, not"),
        ("canonical", "", "canonical is missing, not"),
        ("og_title", "", "has no og:title"),
        ("og_image", "", "has no og:image"),
        ("og_image", "/media/a.jpg", "an address that is not https: /media/a.jpg"),
        ("og_image", "file:///etc/passwd", "not https: file:///etc/passwd"),
        ("og_image", "http://169.254.1.1/a.jpg", "not https: http://169.254.1.1/a.jpg"),
        ("og_image", "https://[x/a.jpg", "cannot be read: https://[x/a.jpg"),
        ("og_image", "https://user:word@www.example.gov.uk/a.jpg", "not https"),
    ],
)
def test_a_wrong_tag_is_named(server: Server, tag: str, value: str, said: str) -> None:
    """Each tag that the platforms read is checked, and the one that is wrong is named with what it says."""
    assert said in wrong(server.page(**{tag: value}))


@pytest.mark.parametrize(
    "image",
    [
        "http://127.0.0.1:1/a.jpg",
        "http://localhost:8600/metrics",
        "https://169.254.169.254/latest/meta-data/",
        "https://example.gov.uk.evil.example/a.jpg",
        "https://www.example.gov.uk:8443/a.jpg",
    ],
)
def test_a_picture_elsewhere_is_not_fetched(server: Server, image: str) -> None:
    """A page cannot make this machine read an address that is neither beside it nor the council's."""
    link = server.page(og_image=image)
    with pytest.raises(OutsideFailed, match="not on the council's own website"):
        verify_page(link, timeout=5.0, domains=["example.gov.uk"])
    assert len(server.asked) == 1


def test_a_picture_on_the_councils_other_host_is_looked_for(server: Server) -> None:
    """A CMS may keep its pictures on a host of their own below the council's domains."""
    link = server.page(og_image="https://localhost/a.jpg")
    with pytest.raises(OutsideFailed, match="could not be reached"):
        verify_page(link, timeout=5.0, domains=["localhost"])


def test_a_reference_in_canonical_is_wrong(server: Server) -> None:
    """The link's own parameter is for finding our posts; the page has one address, without it."""
    link = server.page(og_url=f"{server.base}{PAGE}?c=r1")
    assert "og:url is" in wrong(link)


def test_a_picture_that_is_not_there_is_named(server: Server) -> None:
    """A missing picture would stay missing on the posts: platforms do not all look again."""
    link = server.page()
    del server.answers["/media/a.jpg"]
    assert "picture (og:image)" in (said := wrong(link))
    assert "404" in said


def test_a_picture_that_is_none_is_named(server: Server) -> None:
    """A web server's friendly error page with status 200 is not a picture."""
    link = server.page()
    server.answers["/media/a.jpg"] = Answer(b"<p>sorry", kind="text/html")
    assert "picture (og:image) is text/html, not an image" in wrong(link)


def test_a_page_that_is_not_html_is_named(server: Server) -> None:
    """The right tags under the wrong type: no platform would read them."""
    link = server.page()
    server.answers[PAGE].kind = "text/plain"
    assert "the page is text/plain, not HTML" in wrong(link)


@pytest.mark.parametrize("status", [201, 204, 403, 404, 500, 503])
def test_only_200_is_a_page(server: Server, status: int) -> None:
    """Any other answer is a reason to hold, and the officer sees which it was."""
    link = server.page()
    server.answers[PAGE].status = status
    if status == 204:
        server.answers[PAGE].body = b""
    assert f"the answer is {status}" in wrong(link)


def test_a_server_that_does_not_answer_is_a_failure(server: Server) -> None:
    """Nobody waits for ever: after the time-out the reason says so."""
    link = server.page()
    server.answers[PAGE].hold = True
    assert "did not answer" in wrong(link, timeout=0.2)


def test_a_huge_answer_is_cut_off(server: Server) -> None:
    """What never ends is not read to its end."""
    link = server.page()
    server.answers[PAGE].body += b" " * (MAX_ANSWER_BYTES + 1)
    assert "did not answer" in wrong(link)


def test_a_server_that_is_not_there_is_a_failure(server: Server) -> None:
    """No web server at all: said plainly."""
    dead = "http://127.0.0.1:1/news/library/?c=r1"
    assert "could not be reached" in wrong(dead)


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe\x00<", b"<" * 5000, b"<link rel=canonical", b"<![CDATA[<!--"]
)
def test_a_broken_page_is_a_wrong_page(server: Server, body: bytes) -> None:
    """Bytes that are no page are a reason, not a crash."""
    link = server.page()
    server.answers[PAGE].body = body
    assert "canonical is missing" in wrong(link)


def test_the_first_tag_counts(server: Server) -> None:
    """Platforms take the first og:url; a second one in the body changes nothing."""
    link = server.page()
    server.answers[PAGE].body += b'<meta property="og:url" content="https://www.example.gov.uk/other/">'
    verify_page(link, timeout=5.0)


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("https://www.example.gov.uk/a/?c=r1", "https://www.example.gov.uk/a/"),
        ("https://www.example.gov.uk/a?id=7&c=r1", "https://www.example.gov.uk/a?id=7"),
        ("https://www.example.gov.uk/a?cc=1&c=r1&d=", "https://www.example.gov.uk/a?cc=1&d="),
        ("https://www.example.gov.uk/a", "https://www.example.gov.uk/a"),
        ("https://www.example.gov.uk/a?q=x%2Fy+z&flag&c=r1", "https://www.example.gov.uk/a?q=x%2Fy+z&flag"),
    ],
)
def test_only_our_own_parameter_goes(link: str, address: str) -> None:
    """A CMS's own query stays, spelled as it was."""
    assert without_reference(link) == address
