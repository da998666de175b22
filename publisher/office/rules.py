"""The rules: read, tried, compared, a finding explained, verdicts repeated."""

from __future__ import annotations

from typing import Any

from publisher.office.operations import Body, Part, Scope, Shown, operation


class Named(Body):
    """Names of rules, tables or registers; where none is named, all rules."""

    names: tuple[str, ...] = ()


class Line(Body):
    """One line of a file of items: its number, and its values."""

    number: int
    item: dict[str, Any]


class Tried(Body):
    """Items to try rules on: those of these names, or all."""

    names: tuple[str, ...] = ()
    lines: tuple[Line, ...]


class Rules(Body):
    """One of two sets of rules: "built-in", a version that a verdict names, or what a draft changes of the built-in ones."""

    named: str = ""
    sent: dict[str, Any] | None = None


class Comparison(Body):
    """Two sets of rules, and items to judge by both: those of a file, and those that are stored."""

    before: Rules = Rules()
    after: Rules = Rules()
    lines: tuple[Line, ...] = ()
    stored: bool = False


class RulesPart(Part):
    """The policy's rules, and what was judged by them."""

    @operation("GET", "/policy/rules", Scope.READ)
    def list(self, *, category: str = "", status: str = "", clause: str = "") -> Shown:
        """The rules that fit, with what is due, broken or weaker than built-in. Raises InputError, ConfigError."""
        from publisher import rulebook

        return rulebook.listed(self._app, category=category, status=status, clause=clause)

    @operation("POST", "/policy/entries", Scope.READ)
    def show(self, body: Named) -> Shown:
        """Rules, tables and registers, whole. Raises InputError, ConfigError."""
        from publisher import rulebook

        return {"entries": rulebook.entries(self._app, body.names)}

    @operation("POST", "/policy/test", Scope.READ, judging=True)
    def test(self, body: Named) -> Shown:
        """Rules tried on their own examples. Raises InputError, ConfigError."""
        from publisher import trials

        return trials.of_rules(self._app, body.names)

    @operation("POST", "/policy/test/items", Scope.READ, judging=True)
    def test_items(self, body: Tried) -> Shown:
        """Rules tried on items of which it is known what must come of them. Raises InputError, ConfigError."""
        from publisher import trials

        return trials.of_items(self._app, body.names, _lines(body.lines))

    @operation("POST", "/policy/diff", Scope.READ, judging=True)
    def diff(self, body: Comparison) -> Shown:
        """What changed between two sets of rules, and which items they judge otherwise. Raises InputError, ConfigError."""
        from publisher import trials
        from publisher.trials import Side

        before, after = (Side(each.named, each.sent) for each in (body.before, body.after))
        return trials.difference(self._app, before, after, _lines(body.lines), stored=body.stored)

    @operation("GET", "/policy/explanations/{name}", Scope.READ)
    def explain(self, name: str, *, quoted: bool = False) -> Shown:
        """Why a finding is there, by its id, or a rule; `quoted` with the texts that it is in. Raises InputError."""
        from publisher import rulings

        return rulings.explained(self._app, name, quoted=quoted)

    @operation("GET", "/policy/overrides", Scope.READ)
    def overrides(self) -> Shown:
        """What second officers let go, and which rules are let go too often."""
        from publisher import rulings

        return rulings.let_go(self._app)

    @operation("GET", "/policy/replay", Scope.READ, judging=True)
    def replay(self) -> Shown:
        """Every stored verdict made again."""
        from publisher import rulings

        return rulings.replayed(self._app)


def _lines(lines: tuple[Line, ...]) -> list[tuple[int, dict[str, Any]]]:
    return [(line.number, line.item) for line in lines]
