"""A job as a service and a timer of systemd, of the user or of the whole system."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from scanner.errors import SettingsError
from scanner.schedule.job import MARK, ROOT, Job, Plan, System, refuse
from scanner.unattended import Cadence, Every

# What a user's own manager can enforce without rights over namespaces: filters of system calls.
_FILTERS: Final = """\
NoNewPrivileges=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
"""
_WALLS: Final = """\
ProtectSystem=strict
ProtectHome=read-only
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
ProtectProc=invisible
RemoveIPC=yes
AmbientCapabilities=
"""
# What root may do beyond what owners and modes let it: read, which mailboxes of others need, and write nothing.
_OF_ROOT: Final = "CAP_DAC_READ_SEARCH"
_SHARED: Final = ("/tmp", "/var/tmp")  # noqa: S108 - a service with a private one would not see what lies there


def plan(job: Job, system: System, folder: Path) -> Plan:
    """The two units, in a folder, and how systemd takes notice of them. Raises SettingsError."""
    refuse(job, "", "a unit of systemd")
    _refuse_ends(job)
    whole = system is System.SYSTEM
    if whole and not job.run_as:
        raise SettingsError(
            "A system-wide service needs a user to run as.",
            "Add --run-as USER: one who may read the config and the mail. Where the mailboxes are open to root alone, "
            "--run-as root may read every file, and write only what owners and modes let root write.",
        )
    files = (
        (folder / f"{job.name}.service", service(job, whole=whole).encode()),
        (folder / f"{job.name}.timer", timer(job).encode()),
    )
    linger = "It runs while you are signed in; to run always, once: loginctl enable-linger"
    return Plan(
        system,
        job.name,
        files,
        start=start_commands(system, job.name),
        stop=((*control(system), "disable", "--now", f"{job.name}.timer"), (*control(system), "daemon-reload")),
        notes=() if whole else (linger,),
    )


def control(system: System) -> tuple[str, ...]:
    """The program that asks and steers the manager, of the user or of the whole system."""
    return ("systemctl",) if system is System.SYSTEM else ("systemctl", "--user")


def start_commands(system: System, name: str) -> tuple[tuple[str, ...], ...]:
    """What makes the manager take notice of a timer, and start it."""
    return (*control(system), "daemon-reload"), (*control(system), "enable", "--now", f"{name}.timer")


def stopped_by_hand(stop: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """What the commands that stop a timer come to once its files are gone: there is nothing to disable any more."""
    (*manager, _, _, unit), reload = stop
    return (*manager, "stop", unit), tuple(reload)


def service(job: Job, *, whole: bool) -> str:
    """The text of the .service file; `whole` is whether it is one of the whole system."""
    return "\n".join([*_service_lines(job, whole=whole), ""])


def timer(job: Job) -> str:
    """The text of the .timer file. A run that was missed while the machine was off is made up for."""
    return f"""\
# {MARK}
[Unit]
Description=missedbcc, {job.cadence}

[Timer]
OnCalendar={calendar(job.cadence)}
Persistent=true
RandomizedDelaySec=30min
FixedRandomDelay=true
AccuracySec=1min

[Install]
WantedBy=timers.target
"""


def calendar(cadence: Cadence) -> str:
    """The moments as systemd.time(7) writes them."""
    at = f"{cadence.at:%H:%M}:00"
    if cadence.every is Every.WEEK:
        return f"{cadence.weekday.short} *-*-* {at}"
    return f"*-*-* {at}" if cadence.every is Every.DAY else f"*-*-{cadence.day:02} {at}"


def _service_lines(job: Job, *, whole: bool) -> Iterator[str]:
    yield f"# {MARK}"
    yield "[Unit]"
    yield f"Description=missedbcc scan of {_plain(str(job.case))}"
    if whole:
        yield "Wants=network-online.target"
        yield "After=network-online.target"
    yield ""
    yield "[Service]"
    yield "Type=oneshot"
    program, *words = job.command
    yield " ".join(["ExecStart=" + _quoted(program), *(_quoted(word).replace("$", "$$") for word in words)])
    yield f"WorkingDirectory={_plain(str(job.folder))}"
    yield "SuccessExitStatus=4"  # exposures were found: the scan did its work
    yield "UMask=0077"
    yield "Nice=10"
    yield "IOSchedulingClass=idle"
    if whole:
        yield f"User={_plain(job.run_as)}"
    for name, path in job.credentials:
        yield f"LoadCredential={name}:{_plain(str(path))}"
    yield from _FILTERS.splitlines()
    if whole:
        yield from _WALLS.splitlines()
        yield f"CapabilityBoundingSet={_OF_ROOT if job.run_as == ROOT else ''}"
        if not any(path.is_relative_to(shared) for path in (job.folder, *job.writable) for shared in _SHARED):
            yield "PrivateTmp=yes"
        yield "ReadWritePaths=" + " ".join(_quoted(str(path)) for path in job.writable)


def _plain(text: str) -> str:
    """A text in a line that systemd takes as a whole: only specifiers are looked for (systemd.unit(5))."""
    return text.replace("%", "%%")


def _quoted(text: str) -> str:
    """One word of a list of words, in quotes where it needs them (systemd.syntax(7), Quoting)."""
    text = _plain(text)
    if text and not any(letter in text for letter in " \"'\\;"):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _refuse_ends(job: Job) -> None:
    """A line of systemd ends before blanks, and goes on behind a backslash."""
    for text in map(str, (job.folder, job.case, *(path for _, path in job.credentials))):
        if text.endswith((" ", "\\")):
            raise SettingsError(f"systemd cannot carry the end of the path {text!r}.", "Rename the file or folder.")
