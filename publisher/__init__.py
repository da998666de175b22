"""The council's publishing scheduler: one item, every channel, one moment, one way."""

__version__ = "0.1.0"
