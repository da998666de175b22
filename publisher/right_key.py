"""Whether seal.key is the one by which this council's queue was sealed.

With another key nothing in the database counts, and whatever is done then is sealed with the wrong one: that looks like a hand in
every row, and is none.
"""

from __future__ import annotations

from publisher.ends import EndFile
from publisher.errors import ConfigError
from publisher.register import Register


def demand(register: Register, end_file: EndFile) -> None:
    """Raises ConfigError where no entry of the register fits the key, nor does the end file.

    A hand that changed entries leaves the file as it was, and an empty register tells nothing.
    """
    sealed = [line for line in register.lines() if line.row.seal]
    if not sealed or not all(line.flaw for line in sealed):
        return
    try:
        with end_file.still() as kept:
            fits = kept is not None
    except ValueError:
        fits = False
    if not fits:
        raise ConfigError(
            "this is not the key by which the queue was sealed: no entry of the register fits it, nor does the end file",
            field="queue.seal_key",
            way_out="Put back the seal.key that belongs to this database, from where it is kept apart from it.",
        )
