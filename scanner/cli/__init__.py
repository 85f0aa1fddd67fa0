"""The command `missedbcc`. Each command is one file here; this one puts them together."""

from __future__ import annotations

from typing import Annotated

import typer

from scanner import __version__
from scanner.cli.check import check
from scanner.cli.decisions import decisions
from scanner.cli.evidence import evidence
from scanner.cli.exits import CODES, stop_on_signals
from scanner.cli.init import init
from scanner.cli.make_key import make_key
from scanner.cli.output import have_streams
from scanner.cli.purge import purge
from scanner.cli.report import report
from scanner.cli.scan import scan
from scanner.cli.schedule import schedule
from scanner.cli.status import status
from scanner.cli.verify import verify
from scanner.cli.words import Words
from scanner.cycles import look_seldom

ABOUT = f"""Look back through sent mail for messages that showed many outsiders to one another (To or Cc where Bcc was
meant), and write the workbook that legal needs: who was exposed to whom.

The main job is one command:

\b
    missedbcc scan SOURCE

SOURCE is an mbox file, a Maildir, a folder of .eml files, a folder of any of these, or the name of an account in
missedbcc.toml. A path needs no config. Mail is only ever read, never changed.

Everything is written to one folder, the case: missedbcc-case/ here, or where --case says. It holds the database with
what was read so far and the workbooks, readable by you alone, because they list the people concerned.

{CODES}"""

app = typer.Typer(
    name="missedbcc",
    cls=Words,
    help=ABOUT,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,  # keeps --help quick
    pretty_exceptions_enable=False,  # those would print local variables: addresses and tokens
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
for _command in (scan, report, decisions, status, verify, evidence, purge, init, check, schedule, make_key):
    app.command(epilog=CODES)(_command)


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it so
    if wanted:
        typer.echo(f"missedbcc {__version__}")
        raise typer.Exit


@app.callback()
def _top(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and stop.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command that the words of the process name, and end the process with its exit code."""
    look_seldom()
    stop_on_signals()
    have_streams()
    app(prog_name="missedbcc")
