"""What `missedbcc check` says of secrets that a run would not get, whoever keeps them and however long that takes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from scanner.account import SecretReference
from scanner.cli.exits import Exit
from scanner.cli.finding import Finding, Level
from scanner.config import Config
from scanner.errors import SettingsError
from scanner.in_order import Task, in_order

_SECONDS: Final = 90.0  # longer than a command, or a keyring, is waited for
_KEY: Final = "manifest"


def secret_findings(settings: Config, until: float) -> Iterator[Finding]:
    """A failure for each that cannot be had.

    Without the password of the workbook or the key of the manifest no run begins, without the others nobody is told.

    What has not come `until` then (`time.monotonic`) has failed, such as a command or a pipe that hangs.
    """
    told = [("tell", reference) for reference in settings.unattended.secrets]
    own = (("report", settings.password), (_KEY, settings.signing_key))
    wanted = [*((subject, reference) for subject, reference in own if reference is not None), *told]
    tasks = [Task(partial(_trouble, subject, reference), "secrets", _SECONDS) for subject, reference in wanted]
    answers = in_order(tasks, until)
    for (subject, reference), found in zip(wanted, answers, strict=True):
        if found is None:
            sentence = f"The secret at {reference} did not come in time."
            yield Finding(Level.FAILED, subject, sentence, "Try by hand what keeps it.", code=Exit.FAILED)
        else:
            yield from found


def _trouble(subject: str, reference: SecretReference) -> list[Finding]:
    from scanner.connectors.credentials import secret_bytes, secret_of  # noqa: PLC0415 - only where one is asked for

    try:
        (secret_bytes if subject == _KEY else secret_of)(reference)
    except SettingsError as error:
        return [Finding(Level.FAILED, subject, str(error), error.hint, code=Exit.USAGE)]
    return []
