"""The options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON to standard output, one object a line.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Say only what went wrong, and the result.")]
