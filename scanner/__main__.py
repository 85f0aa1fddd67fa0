"""`python -m scanner` and `missedbcc`: it loads the commands, and lets Ctrl-C end it meanwhile with a sentence.

Nothing is loaded here at first, and the names below stand in `scanner.cli.exits` too: to have them from there takes
most of the time in which somebody may press Ctrl-C.
"""

from __future__ import annotations

import os
import sys

STOPPED_EARLY = "Stopped before anything was begun."
INCOMPLETE = 3


def main() -> None:
    """Run the command that the words of the process name, and end the process with its exit code."""
    try:
        from scanner.cli import main as run  # noqa: PLC0415 - see above

        run()
    except KeyboardInterrupt:
        if sys.stderr is not None:  # which it is where the caller has closed it
            sys.stderr.write(f"{STOPPED_EARLY}\n")
            sys.stderr.flush()
        os._exit(INCOMPLETE)  # without what half-loaded modules would do at the end


if __name__ == "__main__":
    main()
