"""Text to the header blocks that it quotes: From, date, To, Cc and subject, as some mail program wrote them there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from scanner.detector.quote_labels import ENGLISH, LABELS, LONGEST_LABEL, Label, Meaning, label_of

_PREFIX = re.compile(r"[\s>|\ufeff\u200b-\u200f\u202a-\u202e\u2066-\u2069]*+")
_ORNAMENT: Final = "*_ \t\u00a0"
_LABEL_END = re.compile("[:：]")
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{1,60}+:")
_RULE = re.compile(r"[-_=*]{3}")
_GOES_ON: Final = (",", ";", "<", "(", "[")
_RECIPIENTS: Final = (Label.TO, Label.CC, Label.BCC)
_LISTS: Final = frozenset((Label.FROM, *_RECIPIENTS))
_DOUBTFUL_AT_MOST: Final = 3  # lines that may belong to a value, as the next label would show
_FULL: Final = 60  # characters of a line, with the next word, from which a program may have wrapped it
_SHORT: Final = 3  # letters of labels that are as well the ends of words
_BLANK_AT_MOST: Final = 1  # empty lines between two labels, as some conversions of HTML leave them
# Yahoo's plain text: separator and header in one line, without so much as a space in front of the labels.
_SQUEEZED = re.compile(r"[-\s>]{3,20}+[^-<>@\n]{3,60}+-{3,20}+[ \t]++(?=\S)")


@dataclass(slots=True)
class Block:
    """One quoted header: what stands behind each label, its lines joined by a line end and a space, as a fold is."""

    values: dict[Label, str] = field(default_factory=dict)
    languages: frozenset[str] = frozenset()

    @property
    def is_header(self) -> bool:
        """Whether it says who wrote to whom, and either when or about what."""
        values = self.values
        return (
            Label.FROM in values
            and any(label in values for label in _RECIPIENTS)
            and (Label.DATE in values or Label.SUBJECT in values)
        )

    def understand(self, languages: frozenset[str]) -> None:
        """Narrows the languages down. Programs mix English labels in, which tell nothing when there are others."""
        if not self.languages or ENGLISH in self.languages:
            self.languages = languages if ENGLISH not in languages else (self.languages & languages or languages)
        elif ENGLISH not in languages:
            self.languages = self.languages & languages or self.languages


def blocks_of(text: str, *, wrapped: bool) -> Iterator[Block]:
    """The quoted headers of a text, in the order written; quotation marks at the beginning of lines do not matter.

    Where lines are `wrapped`, one without a label belongs to the value before it if the line before is full and a label
    or an empty line follows soon. A list of recipients goes on in the next line wherever that shows. Linear in the
    length of the text.
    """
    reader = _Reader(wrapped=wrapped)
    for line in _lines(text):
        done = reader.take(line)
        if done is not None and done.is_header:
            yield done
    last = reader.close()
    if last is not None and last.is_header:
        yield last


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        squeezed = _SQUEEZED.match(line)
        if squeezed is None:
            yield line
            continue
        begin = squeezed.end()
        for label in _labels_inside(line, begin):
            yield line[begin:label]
            begin = label
        yield line[begin:]
        yield ""


def _labels_inside(line: str, begin: int) -> Iterator[int]:
    """Where in a line labels begin: the longest one before each colon, not within a word if it is short."""
    done = begin
    for colon in _LABEL_END.finditer(line, begin):
        end = len(line[done : colon.start()].rstrip("\u00a0 ")) + done
        for start in range(max(done, end - LONGEST_LABEL), end):
            within = end - start <= _SHORT and line[start - 1 : start].isalpha() and line[start].islower()
            if not within and line[start:end].lower() in LABELS:
                yield start
                break
        done = colon.end()


class _Reader:
    def __init__(self, *, wrapped: bool) -> None:
        self._wrapped = wrapped
        self._block: Block | None = None
        self._label = Label.OTHER
        self._value: list[str] = []
        self._doubtful: list[str] = []
        self._blank = 0
        self._margin = 0
        self._width = 0
        self._tight = False

    def take(self, line: str) -> Block | None:
        """Reads one line; gives the block that ended before it, if one did."""
        prefix = _PREFIX.match(line)
        margin = prefix.end() if prefix else 0
        text = line[margin:].rstrip()
        found = _label_and_value(text)
        if found is not None:
            done = self._labelled(*found, margin)
            self._width = len(line)
            return done
        if self._block is None:
            return None
        if not text:
            self._settle(doubtful=not self._blank)
            self._blank += 1
            return self.close() if self._blank > _BLANK_AT_MOST else None
        if self._blank or _RULE.match(text):
            return self.close()
        if _HEADER_NAME.match(text):
            self._keep(doubtful=True)
            self._label = Label.OTHER
            return None
        full = self._width + 1 + len(text.partition(" ")[0]) >= _FULL
        self._width = len(line)
        return self._continued(text, indented=margin > self._margin, full=full)

    def close(self) -> Block | None:
        """Ends the block that is open, and gives it."""
        self._keep(doubtful=False)
        block, self._block = self._block, None
        return block

    def _labelled(self, meaning: Meaning, value: str, margin: int) -> Block | None:
        self._keep(doubtful=not self._blank)
        done = None
        if self._block is not None and self._is_another(meaning.label):
            done = self.close()
        if self._block is None:
            self._block, self._tight = Block(), False
        elif not self._blank:
            self._tight = True
        self._block.understand(meaning.languages)
        self._block.values.setdefault(meaning.label, "")
        self._label, self._value, self._blank, self._margin = meaning.label, [value], 0, margin
        return done

    def _is_another(self, label: Label) -> bool:
        """Whether a label begins another header: it stands here already, or behind a gap that this one has not."""
        known = self._block.values if self._block else {}
        return (label in known and label is not Label.OTHER) or (self._tight and self._blank > 0)

    def _continued(self, text: str, *, indented: bool, full: bool) -> Block | None:
        last = next((piece for piece in reversed(self._value) if piece), "")
        if self._label is Label.OTHER:
            return None
        if not last or (self._label in _LISTS and (indented or _follows(last, text))):
            self._settle(doubtful=True)
            self._value.append(text)
            return None
        self._doubtful.append(text)
        return None if self._wrapped and full and len(self._doubtful) <= _DOUBTFUL_AT_MOST else self.close()

    def _settle(self, *, doubtful: bool) -> None:
        """Takes the doubtful lines into the value, or drops them."""
        if doubtful:
            self._value += self._doubtful
        self._doubtful.clear()

    def _keep(self, *, doubtful: bool) -> None:
        """Ends the value that is being read."""
        self._settle(doubtful=doubtful)
        if self._block is not None:
            self._block.values[self._label] = "\n ".join(piece for piece in self._value if piece)


def _label_and_value(text: str) -> tuple[Meaning, str] | None:
    end = _LABEL_END.search(text, 0, LONGEST_LABEL + 8)
    if end is None:
        return None
    written = text[: end.start()]
    name = written.strip(_ORNAMENT)
    meaning = label_of(name)
    if meaning is None:
        return None
    value = text[end.end() :]
    return meaning, (value.strip() if name == written.strip() else value.strip(_ORNAMENT))


def _follows(last: str, text: str) -> bool:
    """Whether a list of recipients whose last line is `last` goes on in the next one."""
    if last.endswith(_GOES_ON) or last.rfind("<") > last.rfind(">"):
        return True
    return "@" in text and (" " not in text or any(sign in text for sign in "<;,"))
