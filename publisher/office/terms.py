"""Terms of use: that they were read, by whom, and when they are to be read again."""

from __future__ import annotations

from datetime import date

from publisher.office.operations import Body, Part, Scope, Shown, operation


class NewReading(Body):
    """That a platform's terms were read: by whoever records it, and today, where nothing else is said."""

    address: str
    review_on: date
    read_on: date | None = None
    edition: str = ""
    read_by: str = ""


class TermsPart(Part):
    """Whose terms of use were read (clause 5e)."""

    @operation("POST", "/terms/{platform}", Scope.WRITE)
    def read(self, platform: str, body: NewReading) -> Shown:
        """Records that a platform's terms were read; `unread` names those that still lack a record. Raises InputError, NotDesignated."""
        from publisher.terms import Reading

        terms = self._app.terms
        made = terms.read(Reading(platform=platform, **body.model_dump()), self._who)
        return made.to_json() | {"unread": [one.name for one in terms.platforms() if one.read_on is None]}

    @operation("GET", "/terms", Scope.READ)
    def list(self) -> Shown:
        """The platforms, then the websites that may be linked to, each with its standing. Raises ConfigError."""
        terms = self._app.terms
        kept = [*terms.platforms(), *terms.sites()]
        return {"terms": [one.to_json() for one in kept], "today": self._app.today.isoformat()}
