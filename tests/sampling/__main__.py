"""The command that writes the samples again: `python -m tests.sampling`."""

from __future__ import annotations

from pathlib import Path

from tests.sampling.write import sample_files

SAMPLES = Path(__file__).parents[2] / "sample_mailboxes"
MADE = ("eml", "mbox", "maildir")


def main() -> None:
    """Write every file, and remove what an earlier version wrote and this one does not."""
    files = sample_files()
    for folder in MADE:
        for old in (SAMPLES / folder).rglob("*"):
            if old.is_file() and old.relative_to(SAMPLES).as_posix() not in files:
                old.unlink()
    for name, content in files.items():
        path = SAMPLES / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    main()
