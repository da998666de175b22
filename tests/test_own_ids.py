"""The ids that the checks of calls go by: bounded, so that a daemon may run for months; never one too many."""

from concurrent.futures import ThreadPoolExecutor

from publisher.own_ids import OwnIds


def test_the_oldest_is_forgotten_and_what_is_named_again_is_not() -> None:
    """What an adapter still goes on with it names again: that is the newest then."""
    own = OwnIds(most=3)
    own.update(["a", "b", "c"])
    own.add("a")
    own.add("d")
    assert list(own) == ["c", "a", "d"]
    assert ("b" in own, "a" in own, len(own)) == (False, True, 3)


def test_all_of_several_must_be_known() -> None:
    """One that is not ours among them, forgotten or never known, is one too many; so is what is no text."""
    own = OwnIds(most=2)
    own.update(["a", "b"])
    assert own.has_all(["a", "b", "a"])
    assert own.has_all([])
    assert not own.has_all(["a", "c"])
    assert not own.has_all([None, "a"])


def test_many_at_once_lose_and_break_nothing() -> None:
    """Several posts are prepared at a time, while others are looked through."""
    own = OwnIds(most=100)

    def work(start: int) -> int:
        for number in range(start, start + 2_000):
            own.add(str(number))
            _ = str(number - 1) in own  # the others may have pushed it out by now
        return len(list(own))

    with ThreadPoolExecutor(8) as pool:
        assert max(pool.map(work, range(0, 80_000, 10_000))) == 100
    assert len(own) == 100
