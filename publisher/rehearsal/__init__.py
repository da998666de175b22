"""Stand-ins for the outside: the platforms and the council's website, on loopback, with a record of what they took.

They answer as the real ones are documented to, and are as strict: what the real ones refuse, they refuse. The
program is pointed at them by `endpoint` and credentials alone.
"""
