"""What a page of HTML says."""

from publisher.page_words import words


def test_headings_are_read_as_a_browser_does() -> None:
    """Headings with their levels, their words joined, entities resolved."""
    page = "<h1>Fish &amp;\n <em>chips</em></h1><p>no</p><H2 class='x'>When</H2>"
    assert [block for block in words(page) if block[0]] == [(1, "Fish & chips"), (2, "When")]


def test_a_pages_words_are_those_of_its_main_part() -> None:
    """What stands around the main part, and what no browser shows, is not the item's; without one all of it is."""
    main = "<h1>Fish</h1><p>One<br>two &lt;b&gt;</p><script>no()</script><dl><dt>When<dd>Now</dl>"
    found = [(1, "Fish"), (0, "One"), (0, "two <b>"), (0, "When"), (0, "Now")]
    assert words(f"<title>x</title><nav>Menu</nav><main>{main}</main><footer>Us</footer>") == found
    assert words(main) == found
