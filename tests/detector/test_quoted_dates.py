"""Date lines of quotations, language by language."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.defect import Defect
from scanner.detector.quoted_dates import read_quoted_date

ZONELESS = (
    ("en", "Friday, March 15, 2024 1:05 PM"),
    ("en", "Friday, 15 March 2024 at 13:05"),
    ("en", "Mar 15, 2024, at 1:05\u202fPM"),
    ("en", "15/03/2024 13:05"),
    ("en", "3/15/2024 1:05 PM"),
    ("en", "2024-03-15 13:05"),
    ("de", "Freitag, 15. März 2024 13:05"),
    ("de", "Fr., 15. Mrz. 2024 um 13:05 Uhr"),
    ("de", "15.03.2024 13:05"),
    ("de", "15.03.24 13:05"),
    ("fr", "vendredi 15 mars 2024 à 13:05"),
    ("fr", "ven. 15 mars 2024 à 13 h 05"),
    ("es", "viernes, 15 de marzo de 2024 1:05 p. m."),
    ("es", "vie, 15 mar 2024 a las 13:05"),
    ("pt", "sexta-feira, 15 de março de 2024 13:05"),
    ("pt", "sexta, 15/03/2024 à(s) 13:05"),
    ("it", "venerdì 15 marzo 2024 13:05"),
    ("it", "ven 15 mar 2024 alle ore 13:05"),
    ("nl", "vrijdag 15 maart 2024 13:05"),
    ("pl", "piątek, 15 marca 2024 13:05"),
    ("pl", "pt., 15 mar 2024 o 13:05"),
    ("cs", "pátek 15. března 2024 13:05"),
    ("sk", "piatok 15. marca 2024 13:05"),
    ("hu", "2024. március 15., péntek 13:05"),
    ("hu", "2024. 03. 15. 13:05"),
    ("ro", "vineri, 15 martie 2024 13:05"),
    ("sv", "den 15 mars 2024 13:05"),
    ("da", "15. marts 2024 13.05"),
    ("no", "fredag 15. mars 2024 kl. 13:05"),
    ("fi", "perjantaina 15. maaliskuuta 2024 klo 13.05"),
    ("et", "reede, 15. märts 2024 13:05"),
    ("tr", "15 Mart 2024 Cuma 13:05"),
    ("ru", "пятница, 15 марта 2024 г. в 13:05"),
    ("uk", "п'ятниця, 15 березня 2024 р. о 13:05"),
    ("bg", "петък, 15 март 2024 г. 13:05"),
    ("el", "Παρασκευή, 15 Μαρτίου 2024 1:05 PM"),
    ("ja", "2024年3月15日金曜日 13:05"),
    ("zh", "2024年3月15日 下午1:05"),
    ("ko", "2024년 3월 15일 오후 1:05"),
)


@pytest.mark.parametrize(("language", "text"), ZONELESS)
def test_a_date_without_zone_is_read_as_utc_and_says_so(language: str, text: str) -> None:
    assert read_quoted_date(text, (language,)) == (datetime(2024, 3, 15, 13, 5, tzinfo=UTC), Defect.DATE_WITHOUT_ZONE)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Fri, 15 Mar 2024 13:05:00 +0100"),
        ("en", "15 March 2024 at 13:05:00 CET"),
        ("de", "15. März 2024 um 13:05:00 MEZ"),
        ("fr", "15 mars 2024 à 13:05:00 UTC+1"),
        ("pl", "piątek, 15 marca 2024, 13:05:00 +0100"),
    ],
)
def test_a_zone_is_kept(language: str, text: str) -> None:
    moment = datetime(2024, 3, 15, 13, 5, tzinfo=timezone(timedelta(hours=1)))
    assert read_quoted_date(text, (language,)) == (moment, None)


@pytest.mark.parametrize(
    ("languages", "month", "text"),
    [
        (("hr",), 10, "15. listopada 2024. u 13:05"),  # the same word is November in Czech and Polish
        (("cs",), 11, "15. listopadu 2024 13:05"),
        (("pl",), 11, "15 listopada 2024 13:05"),
        (("it",), 10, "mar 15 ott 2024 13:05"),  # martedì
        (("fr",), 10, "mar. 15 oct. 2024 à 13:05"),  # mardi
        (("it",), 10, "martedì 15/10/2024 13:05"),
        (("ro",), 11, "marți, 15 noiembrie 2024 13:05"),
        (("uk",), 10, "середа, 15 жовтня 2024 13:05"),  # a Wednesday that begins like August
        (("cs",), 7, "15. července 2024 13:05"),
        (("cs",), 6, "15. června 2024 13:05"),
        (("de",), 4, "03.04.2024 13:05"),
        (("fr", "pt"), 4, "03/04/2024 13:05"),
    ],
)
def test_months_are_told_by_the_language(languages: tuple[str, ...], month: int, text: str) -> None:
    date, _ = read_quoted_date(text, languages)
    assert date is not None
    assert date.month == month


@pytest.mark.parametrize(
    ("languages", "text"),
    [
        (("en",), "03/04/2024 1:05 PM"),  # March or April
        ((), "03/04/2024 13:05"),
        (("hr", "pl"), "15 listopada 2024 13:05"),  # October or November
        (("en",), "yesterday at noon"),
        (("en",), "March 15, 2024"),
        (("en",), "31 February 2024 13:05"),
        (("de",), "15.13.2024 13:05"),
        (("en",), "15 March 2024 13:05 " + "x" * 300),
    ],
)
def test_what_can_be_read_in_two_ways_or_in_none_is_unknown(languages: tuple[str, ...], text: str) -> None:
    assert read_quoted_date(text, languages) == (None, Defect.BAD_DATE)


def test_no_date_line_is_no_date() -> None:
    assert read_quoted_date(" ", ("en",)) == (None, Defect.NO_DATE)


PIECES = st.sampled_from(
    ("15", "3", "2024", "/", ".", "-", " ", "März", "mar", "年", "月", "13:05", "PM", "h", "(", "٣", "²")
)


@given(st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=60), st.sampled_from(("en", "de", "zh", "xx")))
def test_whatever_is_given_it_is_a_date_or_a_defect(text: str, language: str) -> None:
    date, defect = read_quoted_date(text, (language,))
    assert (date is None) == (defect in (Defect.BAD_DATE, Defect.NO_DATE))
