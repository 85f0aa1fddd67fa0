"""The options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from scanner.config.reference import REFERENCE
from scanner.config.report import Language

SourcesArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[SOURCE]...",
        show_default=False,
        help="An mbox, a Maildir, a folder of .eml, a folder of these, or an account of the config. "
        "[default: every account of the config]",
    ),
]
CaseOption = Annotated[
    Path | None,
    typer.Option("--case", metavar="DIR", show_default=False, help="The case folder. [default: missedbcc-case]"),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        show_default=False,
        help="The config file. [default: missedbcc.toml, if there is one]",
    ),
]
InternalOption = Annotated[
    list[str] | None,
    typer.Option(
        "--internal", metavar="DOMAIN", show_default=False, help="A domain of ours, added to the config's; repeat it."
    ),
]
GateOption = Annotated[
    int | None,
    typer.Option(
        "--gate", metavar="N", min=2, show_default=False,
        help="From how many affected people on, over all messages, it is an incident. [default: 10, or the config's]",
    ),
]  # fmt: skip
OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", metavar="FILE", show_default=False,
        help="Where to write the workbook; never over an existing file. [default: a new name in the case folder]",
    ),
]  # fmt: skip
PasswordOption = Annotated[
    str | None,
    typer.Option(
        "--password", metavar="REF", show_default=False,
        help=f"Lock the workbook with the password that is kept at {REFERENCE}; `ask` asks you for it.",
    ),
]  # fmt: skip
LogOption = Annotated[
    Path | None,
    typer.Option(
        "--log", metavar="FILE", show_default=False,
        help="Add a line of JSON for each account and for the run to this file. [default: log.file of the config]",
    ),
]  # fmt: skip
LanguageOption = Annotated[
    Language | None,
    typer.Option(
        "--language", show_default=False, case_sensitive=False,
        help="The language of the workbook. [default: en, or the config's]",
    ),
]  # fmt: skip
RedactedOption = Annotated[
    bool,
    typer.Option(
        "--redacted",
        help="Write the edition without addresses, names, subjects and notes instead; its ids are the same.",
    ),
]
WorkbooksArgument = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[FILE]...", show_default=False, help="A workbook that came back by another way, as by mail."
    ),
]
DecisionsOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--decisions", metavar="FILE", show_default=False,
        help="A workbook with decisions that came back by another way, as by mail; repeat it.",
    ),
]  # fmt: skip
DecisionsPasswordOption = Annotated[
    str | None,
    typer.Option(
        "--decisions-password", metavar="REF", show_default=False,
        help=f"Where the password of encrypted workbooks is kept: {REFERENCE}.",
    ),
]  # fmt: skip
SettleOption = Annotated[
    bool,
    typer.Option(
        "--settle",
        help="Say that the answers that stand now are the right ones: conflicts are closed, and what was typed and is "
        "no answer is not taken and no longer shown.",
    ),
]


class Format(StrEnum):
    """In which forms the tables are written."""

    XLSX = "xlsx"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


FormatOption = Annotated[
    list[Format] | None,
    typer.Option(
        "--format", show_default=False, case_sensitive=False,
        help="Write the tables in this form too, beside the workbook, which is always written; repeat it.",
    ),
]  # fmt: skip
JsonOption = Annotated[
    bool,
    typer.Option(
        "--json",
        help="Write JSON, one object a line: results and progress to standard output, the rest to standard error.",
    ),
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Say only what went wrong, and the result.")]
