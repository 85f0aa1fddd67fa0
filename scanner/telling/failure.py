"""Why somebody could not be told: a sentence without secrets and without addresses of people."""

from __future__ import annotations


class CannotTell(Exception):
    """One plain sentence; it never quotes what a server said, and no reference's content.

    `told_some` is whether others were told all the same, by the same way.
    """

    def __init__(self, sentence: str, *, told_some: bool = False) -> None:
        super().__init__(sentence)
        self.told_some = told_some
