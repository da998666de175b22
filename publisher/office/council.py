"""The council: what whoever asks must know of it, to ask and to show the answers."""

from __future__ import annotations

from publisher.office.operations import Part, Scope, Shown, operation


class CouncilPart(Part):
    """Its name, its clock and its channels, as config.toml has them."""

    @operation("GET", "/council", Scope.READ, steady=True)
    def about(self) -> Shown:
        """The council's names, time zone, domains, language and colour, and its channels in config.toml's order; no secret."""
        council, channels = self._app.config.council, self._app.config.channels
        return {
            "name": council.name,
            "short_name": council.short_name,
            "timezone": council.timezone,
            "domains": list(council.domains),
            "language": council.language,
            "colour": council.colour,
            "channels": [
                {
                    "name": name,
                    "adapter": one.adapter,
                    "label": one.label,
                    "enabled": one.enabled,
                    "service": one.service,
                }
                for name, one in channels.items()
            ],
        }
