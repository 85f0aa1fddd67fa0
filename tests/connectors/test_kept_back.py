"""A server that repeats a secret, in whatever form, is quoted without it."""

from __future__ import annotations

import base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scanner.connectors.kept_back import kept_back

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
