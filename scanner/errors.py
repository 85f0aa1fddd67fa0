"""Everything that can go wrong, as a tree.

    MissedBccError
    ├── SettingsError          the command line or the config file is wrong          exit code 2
    ├── SourceError            one account or path cannot be read
    │   ├── NotAMailbox        the path exists, but holds no mail that we can read
    │   ├── AccessDenied       the operating system or the server refuses to show it
    │   ├── ServerUnreachable  name resolution, connection, or time-out
    │   ├── InsecureTransport  going on would send a credential or mail in clear, or to a stranger
    │   ├── LoginRefused       the server knows us and says no
    │   ├── NoSentFolder       the account opened, but no folder of sent mail was found
    │   ├── SourceGone         nothing is there: what an earlier run read, or what the settings name
    │   ├── SourceDamaged      a file is cut off or damaged, or its disk fails: what lies before that can be read
    │   └── SourceInterrupted  the connection broke in the middle: trying again may help
    ├── StoreError             the case database cannot be opened or written
    │   └── CaseHeld           another command has it: where that is a scan, nobody need be told
    ├── ReportError            the workbook cannot be written
    └── ScheduleError          the system's scheduler cannot be read or changed

Every error is one sentence for the person who runs the scan, and a hint that names the next step. Neither ever holds a
secret or an address that the person did not type. An error about one message is not here: it is an `Unreadable` value.
"""

from __future__ import annotations


class MissedBccError(Exception):
    """One plain sentence (`str(error)`) and the next step (`hint`, may be empty)."""

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(sentence)
        self.hint = hint


class SettingsError(MissedBccError):
    """The command line or the config file is wrong; `problems` lists every mistake, not only the first."""

    def __init__(self, sentence: str, hint: str = "", problems: tuple[str, ...] = ()) -> None:
        super().__init__(sentence, hint)
        self.problems = problems


class SourceError(MissedBccError):
    """One account or path cannot be read; the others still are.

    `login_failed` is whether a login was judged, or may have been: to send it again by itself may lock the account.
    """

    login_failed = False


class NotAMailbox(SourceError):
    """The path exists, but holds no mail that we can read."""


class AccessDenied(SourceError):
    """The operating system or the server refuses to show it to us."""


class ServerUnreachable(SourceError):
    """Name resolution, connection or time-out: no word was exchanged."""


class InsecureTransport(SourceError):
    """Going on would send a credential or mail in clear, or to a server that could not prove who it is."""


class LoginRefused(SourceError):
    """The server answered the login with no. It is not tried again by itself: that locks accounts."""

    login_failed = True


class NoSentFolder(SourceError):
    """The account opened, but no folder of sent mail was found: this is never "nothing found"."""


class SourceGone(SourceError):
    """Nothing is there of what an earlier run read or the settings name: deleted, moved, misspelt, on another disk."""


class SourceDamaged(SourceError):
    """A file is cut off or damaged, or its disk cannot read it. What lies before that place can be read, and was."""


class SourceInterrupted(SourceError):
    """The connection broke or stalled in the middle. `retry_after` is in seconds, when the server named a time."""

    def __init__(self, sentence: str, hint: str = "", retry_after: float | None = None) -> None:
        super().__init__(sentence, hint)
        self.retry_after = retry_after


class StoreError(MissedBccError):
    """The case database cannot be opened, read or written."""


class CaseHeld(StoreError):
    """Another command has the case, and this one was refused: nothing is wrong, and nobody need be told."""


class ReportError(MissedBccError):
    """The workbook cannot be written."""


class ScheduleError(MissedBccError):
    """The scheduler of the system cannot be read or changed."""
