"""A server that repeats a secret, in whatever form, is quoted without it."""

from __future__ import annotations

import base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scanner.connectors import kept_back as kept
from scanner.connectors.imap_line import printable
from scanner.connectors.kept_back import given as given_to
from scanner.connectors.kept_back import kept_back
from scanner.errors import SourceError
from tests.connectors.hostile_imap import PASSWORD, Script, Talk
from tests.connectors.imap_reading import SENT, Serve, mailbox

SECRETS = st.text(st.characters(min_codepoint=33, max_codepoint=0x17F), min_size=8, max_size=30)


def forms(secret: str) -> list[str]:
    quoted = '"' + secret.replace("\\", "\\\\").replace('"', '\\"') + '"'
    encoded = [
        base64.b64encode(text.encode()).decode()
        for text in (
            secret,
            f"\0anna\0{secret}",
            f"user=anna\x01auth=Bearer {secret}\x01\x01",
            f"a{secret}",
            f"ab{secret}b",
        )
    ]
    return [secret, quoted, str(quoted.encode()), repr(secret), *encoded]


@given(SECRETS)
@example('pass"word\\1')
@example("canary-env-0f3c")
def test_no_form_of_it_is_told(secret: str) -> None:
    for form in forms(secret):
        said = kept_back(f"LOGIN anna {form} is wrong", secret)
        assert "(secret)" in said
        assert form not in said
        assert said.startswith("LOGIN anna ")
        assert said.endswith(" is wrong")


@pytest.mark.parametrize(
    "text", ["[AUTHENTICATIONFAILED] Invalid credentials (Failure)", "", "bm9ib2R5", "a=b==", "____"]
)
def test_other_words_stay_as_they_are(text: str) -> None:
    assert kept_back(text, "canary-0f3c") == text
    assert kept_back(text, "") == text


@pytest.fixture
def _forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_given", {})


@pytest.mark.usefixtures("_forgetful")
def test_no_end_of_a_cut_secret_is_told() -> None:
    given_to("canary-0f3c" * 90)
    given_to("abc")
    said = printable("x" * 65_000 + " " + "canary-0f3c" * 90 + "y" * 9, 100_000)
    assert "canary" not in said
    assert printable("abc is a short one") == "abc is a short one"
    assert "canary" not in printable(("canary-0f3c" * 90 + " ") * 100)


class Repeats(Script):
    """Says the password of the first login at one place, from the second connection on also before the login."""

    def __init__(self, place: str, word: bytes) -> None:
        super().__init__()
        self.place = place
        self.word = word

    def greet(self, talk: Talk) -> None:
        if talk.number > 1 and self.place == "greeting":
            talk.send(b"* BYE known as " + self.word + b"\r\n")
            raise ConnectionError
        if talk.number > 1 and self.place == "nonsense":
            talk.send(self.word + b" is not a greeting\r\n")
            raise ConnectionError
        super().greet(talk)

    def answer(self, talk: Talk, line: bytes) -> None:
        tag, _, command = line.partition(b" ")
        if self.place.encode() not in command:
            if b"UID FETCH" in command and self.place in ("greeting", "nonsense"):
                raise ConnectionError
            super().answer(talk, line)
        elif talk.number % 2:
            talk.send(tag + b" NO because of " + self.word + b"\r\n")
        else:
            talk.send(b"* BYE because of " + self.word + b"\r\n")
            raise ConnectionError


@pytest.mark.usefixtures("_forgetful")
@pytest.mark.parametrize("form", [PASSWORD, repr(PASSWORD), base64.b64encode(f"\0u\0{PASSWORD}".encode()).decode()])
@pytest.mark.parametrize("place", ["greeting", "nonsense", "ID", "NAMESPACE", "LIST", "STATUS", "EXAMINE", "FETCH"])
def test_a_server_that_repeats_the_secret_at_any_place_is_quoted_without_it(
    serve: Serve, caplog: pytest.LogCaptureFixture, place: str, form: str
) -> None:
    script = Repeats(place, form.encode())
    script.capabilities += b" NAMESPACE"
    said = []
    try:
        box = mailbox(serve(script))
        try:
            list(box.folders())
            said = [str(reading) for _, reading in box.read(SENT)]
        finally:
            box.close()
    except SourceError as error:
        seen: BaseException | None = error
        while seen is not None:  # with all that a traceback would show
            said.append(f"{seen} {seen.args} {getattr(seen, 'hint', '')}")
            seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    told = " ".join(said) + caplog.text
    assert form not in told
    assert PASSWORD not in told
    if place in ("greeting", "EXAMINE", "FETCH"):
        assert "(secret)" in told
