"""What the reader of a HAR is reading: one state at a time.

=========== ================================================== =========================================
state       what the next byte belongs to                      leaves when
=========== ================================================== =========================================
HEAD        the envelope, up to the ``[`` of ``log.entries``   the push parser has seen the array open
SEPARATOR   white space, a comma, or the closing ``]``         an entry begins, or the array ends
FAST_PATH   an entry, complete or not, for the fast path       no further entry can be proved
PUSH_PARSER an entry that the push parser reads                it is complete, or over the limit
SKIPPED     an entry over the limit                            it is complete
TAIL        the envelope, from the ``]`` on                    the input ends
REFUSED     text that a parser has refused                     the place of the error has been found
=========== ================================================== =========================================
"""

from enum import Enum, auto


class ReaderState(Enum):
    """A state of the reader; the table above says what each reads, and when it ends."""

    HEAD = auto()
    SEPARATOR = auto()
    FAST_PATH = auto()
    PUSH_PARSER = auto()
    SKIPPED = auto()
    TAIL = auto()
    REFUSED = auto()
