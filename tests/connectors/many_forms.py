"""Five hundred invented messages in every form of address field that servers are known to treat differently."""

from __future__ import annotations

_FORMS: tuple[bytes, ...] = (
    b"To: one%(n)d@a.example, two%(n)d@b.example",
    b'To: "Last, First %(n)d" <lf%(n)d@a.example>, Plain Name <pn%(n)d@b.example>',
    b"TO: a%(n)d@a.example\nCc: b%(n)d@b.example\nBCC: c%(n)d@c.example",
    b"To: a%(n)d@a.example,\n b%(n)d@b.example,\n\tc%(n)d@c.example",
    b"To: Team %(n)d: a%(n)d@a.example, b%(n)d@b.example;, d%(n)d@d.example",
    b"To: undisclosed-recipients:;",
    b"To: a%(n)d@a.example; b%(n)d@b.example; c%(n)d@c.example",
    b"To: =?utf-8?q?J=C3=B6rg_%(n)d?= <joerg%(n)d@a.example>, =?iso-8859-1?B?U/ZyZW4=?= <soeren%(n)d@b.example>",
    b"To: J\xf6rg <joerg%(n)d@a.example>, ok%(n)d@b.example",
    "To: Zoë Ñandú <zoe%(n)d@a.example>, ok%(n)d@b.example".encode(),
    b"To: a%(n)d@a.example\nTo: b%(n)d@b.example\nCc: c%(n)d@c.example\nCc: d%(n)d@d.example",
    b"To: a%(n)d@a.example (a comment (nested)), <@route.example:b%(n)d@b.example>",
    b"To: bad@@a.example, <>, ok%(n)d@b.example",
    b'To: "never closed <a%(n)d@a.example>, b%(n)d@b.example',
    b"To: 'quoted%(n)d@a.example' <quoted%(n)d@a.example>, SMTP:x%(n)d@b.example",
    b"To: /O=ACME/OU=EXCHANGE/CN=RECIPIENTS/CN=PERSON%(n)d, ok%(n)d@a.example",
    b"To: us@acme.test\nResent-From: us@acme.test\nResent-To: r%(n)d@a.example, s%(n)d@b.example",
    b'To: x%(n)d@xn--bcher-kva.example, "IDN" <y%(n)d@xn--mnchen-3ya.example>',
    b"Cc:\n a%(n)d@a.example\nSubject: folded at once",
    b"Bcc: only%(n)d@a.example, hidden%(n)d@b.example",
    b"Apparently-To: old%(n)d@a.example",
    b'To: user%(n)d@[192.0.2.7], "odd local"@a.example',
    b"To: Local Alias, root, a%(n)d@a.example",
    b"To: a%(n)d@a.example b%(n)d@b.example <c%(n)d@c.example> <d%(n)d@d.example>",
    b"To: " + b",\n ".join(b"member%d.%%(n)d@club%d.example" % (k, k % 7) for k in range(60)),
)
COUNT = 500


def many_forms() -> list[bytes]:
    """The messages, CRLF, each with a Message-ID of its own; the forms repeat with new numbers."""
    return [_message(number) for number in range(COUNT - 1)] + [_large()]


def _message(number: int) -> bytes:
    form = _FORMS[number % len(_FORMS)] % {b"n": number}
    head = (
        b"Received: from nowhere.test by elsewhere.test; Mon, 2 Mar 2026 10:00:00 +0100\n"
        b"Date: Mon, 2 Mar 2026 %02d:%02d:00 +0100\nFrom: Us <us@acme.test>\nMessage-ID: <form%d@acme.test>\n"
    ) % (number // 60, number % 60, number)
    body = b"\n\nBody %d\nFrom here on it is text: x@y.example\n" % number
    return (head + form + body).replace(b"\n", b"\r\n")


def _large() -> bytes:
    """Two thousand recipients: Courier's own summary of a message (ENVELOPE) ends at 251."""
    people = b",\r\n ".join(b'"Person, %d" <person%d@big%d.example>' % (k, k, k % 50) for k in range(2000))
    return (
        b"Date: Tue, 3 Mar 2026 09:00:00 +0000\r\nFrom: us@acme.test\r\nMessage-ID: <large@acme.test>\r\nTo: "
        + people
        + b"\r\n\r\nBody\r\n"
    )
