"""Templates against sentences: what fits, what is made of it, and that what fits nothing stays as it is."""

from __future__ import annotations

import pytest

from reports.catalogue import Catalogue, Manner, places, variants
from tests.growth import assert_linear

ANSWERS = {
    "{n} [person|people] of {n2} [party|parties]": "{n} {n:personne|personnes} de {n2} {n2:entité|entités}",
    "Nothing was read.": "Rien n’a été lu.",
    "ENISA 2013: {n} points": "ENISA 2013 : {n} points",
    "Sent from {d} to {d2}.": "Envoyé du {d} au {d2}.",
    "Allowed until {d} by {t}: {t2}": "Autorisé jusqu’au {d} par {t} : {t2}",
    "Assumed: {s}": "Hypothèses : {s}",
    "{s} ({n})": "{s} ({n})",
    "health": "santé",
    "debt": "dettes",
    "The subject is sensitive: {s}.": "L’objet est sensible : {s}.",
    "It is {n}% of them.": "C’est {n} % d’eux.",
}


def catalogue() -> Catalogue:
    return Catalogue(ANSWERS, Manner("\u202f", ",", lambda number: abs(number) < 2, str.upper))


def said(text: str) -> str:
    return catalogue().said(text, lambda sentence: f"<{sentence}>")


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("1,234 people of 2 parties", "1\u202f234 personnes de 2 entités"),
        ("1 person of 0 parties", "1 personne de 0 entité"),
        ("Nothing was read.", "Rien n’a été lu."),
        ("ENISA 2013: 1.5 points", "ENISA 2013 : 1,5 points"),
        ("Sent from 2026-01-31 to 2026-02-01 09:30 UTC.", "Envoyé du 2026-01-31 au 2026-02-01 09:30 UTC."),
        ("Allowed until 2026-01-31 by Ann: a list: ours", "Autorisé jusqu’au 2026-01-31 par ANN : A LIST: OURS"),
        ("health, debt", "santé, dettes"),
        ("The subject is sensitive: health, debt. (+25)", "L’objet est sensible : santé, dettes. (+25)"),
        ("Assumed: Nothing was read. It is 80% of them.", "Hypothèses : Rien n’a été lu. C’est 80 % d’eux."),
        ("Nothing was read.\n\nhealth", "Rien n’a été lu.\n\nsanté"),
        ("Nothing was read. It is 5% of them.", "Rien n’a été lu. C’est 5 % d’eux."),
    ],
)
def test_a_sentence_that_fits_is_said_whole(english: str, french: str) -> None:
    assert said(english) == french


@pytest.mark.parametrize(
    "strange",
    [
        "ENISA 2014: 1.5 points",  # a number of the template itself
        "Sent from 5 to 6.",  # numbers where dates belong
        "1 person of many parties",
        "health, wealth",
        "Assumed: nothing.",
        "nothing was read.",
        "\x00 people of \x01 parties",
        "Allowed until 2026-01-31 by : ",
    ],
)
def test_what_fits_nothing_is_left_to_the_caller_as_a_whole(strange: str) -> None:
    assert said(strange) == f"<{strange}>"


def test_of_several_sentences_only_the_strange_one_is_left() -> None:
    assert said("Nothing was read. Something new. health") == "Rien n’a été lu. <Something new. health>"


def test_variants_and_places_are_those_of_the_template() -> None:
    assert variants("{n} [is|are] [a|b|c]") == [
        f"{{n}} {verb} {letter}" for verb in ("is", "are") for letter in ("a", "b", "c")
    ]
    assert variants("[one] word") == ["[one] word"]
    assert places("{n} {n:a|b} {t2} {x}") == {"n", "t2"}


@pytest.mark.parametrize("piece", ["1,", "a, ", "health, ", "(1 ", ". A", "Allowed until 2026-01-31 by ", ": ", "9"])
def test_the_work_grows_with_the_length(piece: str) -> None:
    known = catalogue()
    assert_linear(lambda number: known.said(piece * number, str), 2_000)
