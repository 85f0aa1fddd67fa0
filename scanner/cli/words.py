"""The words of the command line: which of them are wrong is told as the others ask for it, in lines or in objects."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, Final

import typer
from typer._click import Context
from typer._click.exceptions import UsageError  # of `typer` itself only some of its kinds can be had
from typer.core import TyperGroup

from scanner.cli.output import fail, speaking

_JSON: Final = "--json"
_END: Final = "--"  # what follows is no option


class Words(TyperGroup):
    """The commands. Where `--json` is among the words, wrong usage is told as any other failure of a command is."""

    def main(self, args: Sequence[str] | None = None, *given: Any, **named: Any) -> Any:
        """Run the command that the words name, and end the process with its exit code."""
        words = sys.argv[1:] if args is None else list(args)
        self._objects = _JSON in (words[: words.index(_END)] if _END in words else words)
        return super().main(words, *given, **named)

    def make_context(self, *given: Any, **named: Any) -> Context:
        """Read the words before the command."""
        try:
            return super().make_context(*given, **named)
        except UsageError as wrong:
            raise self._told(wrong) from None

    def invoke(self, ctx: Context) -> Any:
        """Read the words of the command, and run it."""
        try:
            return super().invoke(ctx)
        except UsageError as wrong:
            raise self._told(wrong) from None

    def _told(self, wrong: UsageError) -> Exception:
        """What ends the command instead, once it is told."""
        if not self._objects:
            return wrong
        command = wrong.ctx.command_path if wrong.ctx else "missedbcc"
        with speaking(objects=True):
            fail(wrong.exit_code, wrong.format_message(), f"See `{command} --help`.")
        return typer.Exit(wrong.exit_code)
