"""The folder of samples, as a mapping of file names to bytes."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC
from functools import cache

from tests.sampling import daily, exposed, forms, office, published, spared
from tests.sampling.incidents import places, readings
from tests.sampling.letter import DAYS, MONTHS, Letter

_MAILDIR = "maildir/ines.moreau"


def sample_files() -> dict[str, bytes]:
    """Every generated file by its path below sample_mailboxes/; two calls give the same bytes."""
    told = [*exposed.stories(), *forms.stories(), *spared.stories()]
    by_slug = {one.slug: one for one in told}
    files: dict[str, bytes] = {}
    for one in told:
        files[f"eml/{one.slug}.eml"] = one.raw
        files[f"eml/{one.slug}.json"] = _json(_reading(one))
    files |= _mbox_files(by_slug)
    files |= _maildir_files(by_slug)
    files |= _store("mbox/foundation", published.sent(), published.received())
    files |= _store("mbox/office", office.sent(), office.received())
    files["incidents.json"] = _json({"incidents": list(readings(_every_story()))})
    return files


def _every_story() -> dict[str, Letter]:
    letters = [*exposed.stories(), *forms.stories(), *spared.stories(), *daily.from_traps(), daily.service_notice()]
    letters += [daily.wrong_identity(), *published.sent(), *published.received(), *office.sent(), *office.received()]
    return {one.slug: one for one in letters}


def _store(path: str, sent: Iterable[Letter], received: Iterable[Letter]) -> dict[str, bytes]:
    """The two folders of one person's mail; the inbox is not packed, since a scan reads bounces in plain files only."""
    out, back = (sorted(letters, key=lambda one: one.date) for letters in (sent, received))
    listed = [*(("Sent.mbox.gz", one) for one in out), *(("Inbox.mbox", one) for one in back)]
    return {
        f"{path}/Sent.mbox.gz": gzip.compress(mboxrd(out), mtime=0),
        f"{path}/Inbox.mbox": mboxrd(back),
        f"{path}.json": _messages(listed),
    }


def _reading(one: Letter) -> dict[str, object]:
    return one.reading(_places().get(one.slug, {}))


@cache
def _places() -> Mapping[str, Mapping[str, str]]:
    return places()


def _mbox_files(told: dict[str, Letter]) -> dict[str, bytes]:
    moved = told["farewell"].renumbered("AAMkAGconverted.000017@archive.fernhill.example")
    sent = [
        *daily.ordinary(6),
        told["survey-invitation"],
        told["survey-recall"],
        *daily.from_traps(),
        told["newsletter-hidden"],
        moved,
        *daily.ordinary(6, start=6),
    ]
    packed = [*daily.ordinary(20, start=20), daily.service_notice(), *daily.ordinary(20, start=40)]
    return {
        "mbox/Sent": mboxrd(sent),
        "mbox/Sent.json": _messages([("Sent", one) for one in sent]),
        "mbox/customer-care.mbox.gz": gzip.compress(mboxrd(packed), mtime=0),
        "mbox/customer-care.json": _messages([("customer-care", one) for one in packed]),
    }


def _maildir_files(told: dict[str, Letter]) -> dict[str, bytes]:
    sent = [told["survey-invitation"], daily.wrong_identity(), *daily.ordinary(5, start=70)]
    held = [
        *((".Sent/cur", "S", _with_mark(one, "sent")) for one in sent),
        (".Drafts/cur", "DS", told["draft"]),
        ("cur", "S", told["outsider-replies-all"]),
        ("cur", "S", told["bounce"]),
        ("new", "", daily.unread()),
    ]
    files: dict[str, bytes] = {f"{_MAILDIR}/.Sent/maildirfolder": b"", f"{_MAILDIR}/.Drafts/maildirfolder": b""}
    listed = []
    for number, (place, flags, one) in enumerate(held, start=1):
        name = f"{int(one.date.timestamp())}.M{number:06}P4711.mail" + (f":2,{flags}" if place.endswith("cur") else "")
        files[f"{_MAILDIR}/{place}/{name}"] = one.raw.replace(b"\r\n", b"\n")
        folder = place.removesuffix("cur").removesuffix("new").strip("./") or "INBOX"
        listed.append((folder, one))
    files[f"{_MAILDIR}.json"] = _messages(listed)
    return files


def _with_mark(one: Letter, mark: str) -> Letter:
    return replace(one, marks=(*one.marks, mark))


def mboxrd(letters: Iterable[Letter]) -> bytes:
    """An mbox whose body lines are quoted reversibly (the mboxrd variety)."""
    parts = []
    for one in letters:
        when = one.date.astimezone(UTC)
        day, month = DAYS[when.weekday()], MONTHS[when.month - 1]
        line = f"From {one.author} {day} {month} {when.day:2} {when:%H:%M:%S} {when.year}\n"
        raw = one.raw.replace(b"\r\n", b"\n").split(b"\n")
        quoted = (b">" + text if text.lstrip(b">").startswith(b"From ") else text for text in raw)
        parts.append(line.encode() + b"\n".join(quoted) + b"\n")
    return b"".join(parts)


def _messages(held: Sequence[tuple[str, Letter]]) -> bytes:
    return _json({"messages": [{"folder": folder} | _reading(one) for folder, one in held]})


def _json(value: object) -> bytes:
    return (_pretty(value, "") + "\n").encode()


def _pretty(value: object, margin: str) -> str:
    """JSON with what fits on a line on one line: a recipient a line reads well and differs well."""
    line = json.dumps(value, ensure_ascii=False)
    if len(margin) + len(line) <= 118 or not isinstance(value, dict | list):
        return line
    deeper = margin + "  "
    if isinstance(value, dict):
        rows = [f"{json.dumps(key)}: {_pretty(item, deeper)}" for key, item in value.items()]
        return "{\n" + ",\n".join(deeper + row for row in rows) + f"\n{margin}}}"
    return "[\n" + ",\n".join(deeper + _pretty(item, deeper) for item in value) + f"\n{margin}]"
