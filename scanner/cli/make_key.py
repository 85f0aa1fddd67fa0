"""`missedbcc make-key`: a key to sign manifests with, and its public key to check them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scanner.cli.exits import Exit, told
from scanner.cli.options import JsonOption
from scanner.cli.output import Output


@told()
def make_key(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write the private key; a new file.")],
    *,
    json: JsonOption = False,
) -> None:
    """Make a key to sign manifests with (Ed25519).

    The private key goes to FILE, readable by you alone, and the public key to FILE.pub. Name the private key in the
    config, under [manifest]: signing_key = "file:FILE". Give FILE.pub to whoever is to check a case with
    `missedbcc verify --public-key FILE.pub`. A file that is there is never overwritten.
    """
    from scanner.proof.signature import make_key as make  # noqa: PLC0415 - a help text must not pay for it

    public = make(file)
    output = Output(json=json)
    output.data(str(public))
    output.tell("Put these two lines into the config:")
    output.tell("[manifest]")
    output.tell(f'signing_key = "file:{file.absolute()}"')
    output.result(Exit.CLEAN, {"private_key": str(file), "public_key": str(public)})
