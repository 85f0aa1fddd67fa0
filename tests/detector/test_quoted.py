"""What is read of our mail out of quotations, program by program and language by language."""

from __future__ import annotations

import base64
import quopri
from datetime import date, timedelta

import pytest

from scanner.address import Field
from scanner.defect import Defect
from scanner.detector.internal import Border
from scanner.detector.quoted import quoted_lists
from scanner.envelope import Mark
from scanner.headers import parse_envelope
from scanner.policy import InternalDomain, Policy
from tests.detector.envelopes import NOON
from tests.detector.quotations import (
    AUTHOR,
    OUTLOOK,
    PEOPLE,
    PLACE,
    incoming,
    quoted_in,
    short,
    shown_in,
    the_quoted,
)

A, B, C = "Anna Berg <anna@firm.example>", "bo@shop.example", "Carl Lund <carl@studio.example>"
US_ = f"Meridor Research <{AUTHOR}>"


def outlook(sender: str, sent: str, to: str, cc: str, subject: str, date: str) -> str:
    return f"{sender} {US_}\n{sent} {date}\n{to} {A}; {B}\n{cc} {C}\n{subject} Our study\n\nHello\n"


def subject_first(subject: str, date: str, sender: str, to: str, cc: str, when: str) -> str:
    return f"{subject} Our study\n{date} {when}\n{sender} {US_}\n{to} {A}, {B}\n{cc} {C}\n\nHello\n"


MARCH = "15/03/2024 13:00"
BLOCKS = {
    "Outlook, English": OUTLOOK,
    "Outlook, German": outlook("Von:", "Gesendet:", "An:", "Cc:", "Betreff:", "Freitag, 15. März 2024 13:00"),
    "Outlook, French": outlook("De :", "Envoyé :", "À :", "Cc :", "Objet :", "vendredi 15 mars 2024 13:00"),
    "Outlook, Spanish": outlook("De:", "Enviado el:", "Para:", "CC:", "Asunto:", "viernes, 15 de marzo de 2024 13:00"),
    "Outlook, Portuguese": outlook(
        "De:", "Enviada em:", "Para:", "Cc:", "Assunto:", "sexta-feira, 15 de março de 2024 13:00"
    ),
    "Outlook, Italian": outlook("Da:", "Inviato:", "A:", "Cc:", "Oggetto:", "venerdì 15 marzo 2024 13:00"),
    "Outlook, Dutch": outlook("Van:", "Verzonden:", "Aan:", "CC:", "Onderwerp:", "vrijdag 15 maart 2024 13:00"),
    "Outlook, Polish": outlook("Od:", "Wysłano:", "Do:", "DW:", "Temat:", "piątek, 15 marca 2024 13:00"),
    "Outlook, Czech": outlook("Od:", "Odesláno:", "Komu:", "Kopie:", "Předmět:", "pátek 15. března 2024 13:00"),
    "Outlook, Swedish": outlook("Från:", "Skickat:", "Till:", "Kopia:", "Ämne:", "den 15 mars 2024 13:00"),
    "Outlook, Danish": outlook("Fra:", "Sendt:", "Til:", "Cc:", "Emne:", "15. marts 2024 13:00"),
    "Outlook, Finnish": outlook(
        "Lähettäjä:", "Lähetetty:", "Vastaanottaja:", "Kopio:", "Aihe:", "15. maaliskuuta 2024 13:00"
    ),
    "Outlook, Hungarian": outlook(
        "Feladó:", "Elküldve:", "Címzett:", "Másolatot kap:", "Tárgy:", "2024. március 15. 13:00"
    ),
    "Outlook, Russian": outlook("От:", "Отправлено:", "Кому:", "Копия:", "Тема:", "15 марта 2024 г. 13:00"),
    "Outlook, Turkish": outlook("Kimden:", "Gönderildi:", "Kime:", "Bilgi:", "Konu:", "15 Mart 2024 Cuma 13:00"),
    "Outlook, Greek": outlook("Από:", "Εστάλη:", "Προς:", "Κοιν.:", "Θέμα:", MARCH),
    "Outlook, Chinese": outlook("发件人:", "发送时间:", "收件人:", "抄送:", "主题:", "2024年3月15日 13:00"),
    "Outlook, Japanese": outlook("差出人:", "送信日時:", "宛先:", "CC:", "件名:", "2024年3月15日金曜日 13:00"),
    "Outlook, old": f"From: Meridor Research [mailto:{AUTHOR}]\nSent: 15 March 2024 13:00\n"
    "To: Anna Berg [mailto:anna@firm.example]; bo@shop.example\n"
    "Cc: carl@studio.example<mailto:carl@studio.example>\nSubject: Our study\n\nHello\n",
    "Outlook for Mac, without an empty line": OUTLOOK.replace("\n\n", "\n"),
    "Apple, English": "Begin forwarded message:\n\n"
    + subject_first("Subject:", "Date:", "From:", "To:", "Cc:", "15 March 2024 at 13:00:12 GMT"),
    "Apple, German": "Anfang der weitergeleiteten Nachricht:\n\n"
    + subject_first("Betreff:", "Datum:", "Von:", "An:", "Kopie:", "15. März 2024 um 13:00:12 GMT"),
    "Thunderbird, English": "-------- Forwarded Message --------\n"
    + subject_first("Subject: \t", "Date: \t", "From: \t", "To: \t", "CC: \t", "Fri, 15 Mar 2024 13:00:12 +0000"),
    "Thunderbird, German": "-------- Weitergeleitete Nachricht --------\n"
    + subject_first(
        "Betreff: \t", "Datum: \t", "Von: \t", "An: \t", "Kopie (CC): \t", "Fri, 15 Mar 2024 13:00:12 +0000"
    ),
    "Thunderbird, French": "-------- Message transféré --------\n"
    + subject_first(
        "Sujet : \t", "Date : \t", "De : \t", "Pour : \t", "Copie à : \t", "Fri, 15 Mar 2024 13:00:12 +0000"
    ),
    "Gmail, English": f"---------- Forwarded message ---------\nFrom: Meridor Research <{AUTHOR}>\n"
    f"Date: Fri, Mar 15, 2024 at 1:00 PM\nSubject: Our study\nTo: {A}, <{B}>\nCc: {C}\n\n\nHello\n",
    "Gmail, Polish": f"---------- Forwarded message ---------\nOd: Meridor Research <{AUTHOR}>\n"
    f"Date: pt., 15 mar 2024 o 13:00\nSubject: Our study\nTo: {A}, <{B}>\nCc: {C}\n\n\nHello\n",
    "Yahoo, all in one line": f" ----- Forwarded Message ----- From: {US_}To: {A}; {B}Cc: {C}"
    "Sent: Friday, March 15, 2024 at 01:00:12 PM GMTSubject: Our study\n Hello\n",
    "bold labels": OUTLOOK.replace("From:", "*From:*")
    .replace("Sent:", "*Sent:*")
    .replace("To:", "*To:*")
    .replace("Cc:", "*Cc:* "),
    "bold labels, colon outside": OUTLOOK.replace("From:", "**From**:").replace("To:", "**To**:"),
    "quotation marks": "".join(f"> {line}\n" for line in OUTLOOK.splitlines()),
    "nested quotation marks": "".join(f">> > {line}\n" for line in OUTLOOK.splitlines()),
    "empty lines between": OUTLOOK.replace("\nSent", "\n\nSent")
    .replace("\nTo", "\n\nTo")
    .replace("\nCc", "\n\nCc")
    .replace("\nSub", "\n\nSub"),
    "indented": "".join(f"    {line}\n" for line in OUTLOOK.splitlines()),
    "byte order mark": "\ufeff" + OUTLOOK.partition("\n")[2],
    "a bounce without structure": "--- Below this line is a copy of the message.\n\nReturn-Path: <x@company.example>\n"
    "Received: from a.example (a.example [192.0.2.1])\n  by b.example; Fri, 15 Mar 2024 13:00:14 +0000\n"
    f"MIME-Version: 1.0\nFrom: {US_}\nTo: {A},\n  {B}\nCc: {C}\nX-Mailer: tool\nSubject: Our study\n"
    "Date: Fri, 15 Mar 2024 13:00:12 +0000\n\nHello\n",
}


@pytest.mark.parametrize("body", BLOCKS.values(), ids=BLOCKS)
def test_a_quoted_list_is_read_whatever_program_quoted_it(body: str) -> None:
    envelope = the_quoted(f"Why can I see everybody?\n\n{body}")
    assert shown_in(envelope) == PEOPLE
    assert envelope.subject == "Our study"
    assert envelope.author is not None
    assert (envelope.author.canonical, envelope.author_name) == (AUTHOR, "Meridor Research")
    assert envelope.date is not None
    assert envelope.date.replace(second=0) == NOON + timedelta(hours=1)
    assert [entry.field for entry in envelope.recipients] == [Field.TO, Field.TO, Field.CC]
    assert (envelope.locator, envelope.message_id, envelope.received) == (PLACE, None, None)
    assert envelope.marks == {Mark.QUOTED}
    assert not set(envelope.defects) - {Defect.NO_MESSAGE_ID, Defect.DATE_WITHOUT_ZONE, Defect.REPAIRED_ADDRESS}


def test_all_these_quotations_have_one_identity() -> None:
    assert len({the_quoted(body).identity for body in BLOCKS.values()}) == 1


def test_without_a_readable_date_author_subject_and_audience_are_the_identity() -> None:
    undated = [
        OUTLOOK.replace("Friday, March 15, 2024 1:00 PM", "04/03/2024 1:00 PM"),
        OUTLOOK.replace("Sent: Friday, March 15, 2024 1:00 PM\n", "").replace("Our study", "our  STUDY"),
    ]
    found = [the_quoted(body) for body in undated]
    assert [envelope.date for envelope in found] == [None, None]
    assert Defect.BAD_DATE in found[0].defects
    assert Defect.NO_DATE in found[1].defects
    assert found[0].identity == found[1].identity
    assert found[0].identity != the_quoted(undated[0].replace("bo@", "bob@")).identity


ANNA = "Anna Berg <anna@firm.example>"
SUBJECT = "Subject: Our study"
WRAPPED = {
    "behind separators": f"To: {ANNA};\nbo@shop.example;\ncarl@studio.example\n{SUBJECT}",
    "behind names": f"To: {ANNA}; bo@shop.example; Carl\n> Lund <carl@studio.example>\n{SUBJECT}",
    "within brackets": f"To: {ANNA}; bo@shop.example; Carl <\ncarl@studio.example>\n{SUBJECT}",
    "folded": f"To: {ANNA}\n  ; bo@shop.example\n\t; carl@studio.example\n{SUBJECT}",
    "label alone": f"To:\n{ANNA}; bo@shop.example; carl@studio.example\nSubject:\nOur study",
    "last of all": f"{SUBJECT}\nTo: {ANNA}, bo@shop.example,\n carl@studio.example",
}


@pytest.mark.parametrize("lines", WRAPPED.values(), ids=WRAPPED)
def test_a_wrapped_list_is_read_to_its_end(lines: str) -> None:
    envelope = the_quoted(
        f"> From: {AUTHOR}\n> Sent: 15 March 2024 13:00\n> {lines}\n\nHello bo, write to x@y.example\n"
    )
    assert shown_in(envelope) == PEOPLE
    assert envelope.subject == "Our study"


def test_a_long_subject_goes_on_in_the_next_line() -> None:
    subject = "Our study on the many ways in which people answer questions about themselves"
    wrapped = subject.replace(" about ", "\nabout ")
    assert the_quoted(OUTLOOK.replace("Our study", wrapped)).subject == subject


def test_a_list_of_hundreds_is_read_in_full() -> None:
    people = [f"Person Number{n} <p{n}@firm-{n}.example>" for n in range(600)]
    lines, line = [], "To:"
    for person in people:
        if len(line) + len(person) > 72:
            lines.append(line)
            line = ""
        line = f"{line} {person};".lstrip()
    body = (
        f"From: {AUTHOR}\nSent: 15 March 2024 13:00\n" + "\n".join([*lines, line]) + "\nSubject: Our study\n\nHello\n"
    )
    for quoted in (body, body.replace("\n", "\n> ")):
        assert len(the_quoted(quoted).shown) == 600


SOME = "anna@firm.example; bo@shop.example"
WHEN = "15 March 2024 13:00"
HTML = {
    "Outlook": "<html><head><style>p {margin:0}</style><title>From: x</title></head><body><p>Why?</p>"
    f"<div style='border-top:solid'><p class=Mso><b>From:</b> Meridor &lt;{AUTHOR.replace('@', '&#64;')}&gt;<br>"
    "<b>Sent:</b> Friday, March 15, 2024 1:00 PM<br>"
    "<b>To:</b> Anna Berg &lt;anna@firm.example&gt;;\r\n bo@shop.example<br>"
    "<b>Cc:</b> Carl Lund &lt;carl@studio.example&gt;<br><b>Subject:</b> Our study</p></div><p>Dear all</p></body>",
    "paragraphs": f"<p><b>Von:</b>&nbsp;{AUTHOR}</p><p><b>Gesendet:</b>&nbsp;Freitag, 15. M&auml;rz 2024 13:00</p>"
    "<p><b>An:</b>&nbsp;anna@firm.example;&nbsp;bo@shop.example</p><p><b>Cc:</b> carl@studio.example</p>"
    "<p><b>Betreff:</b> Our study</p><p>Guten Tag</p>",
    "Thunderbird's table": "<table><tbody><tr><th>Subject: </th><td>Our study</td></tr>"
    "<tr><th>Date: </th><td>Fri, 15 Mar 2024 13:00:00 +0000</td></tr>"
    f"<tr><th>From: </th><td>{AUTHOR}</td></tr><tr><th>To: </th><td>{SOME}</td></tr>"
    "<tr><th>CC: </th><td>carl@studio.example</td></tr></tbody></table><p>Hello</p>",
    "links instead of addresses": f"<div><b>From:</b> <a href='mailto:{AUTHOR}'>Meridor</a></div>"
    f'<div><b>Sent:</b> {WHEN}</div><div><b>To:</b> <a href="mailto:anna%40firm.example?subject=x">Anna Berg</a>; '
    "<a href=mailto:bo@shop.example>bo@shop.example</a></div><div><b>Cc:</b> "
    '<a title="a > b" href="mailto:carl@studio.example">Carl</a></div><div><b>Subject:</b> Our study</div>',
    "folded away": f"<div>Why?</div><div style='display:none'>From: {AUTHOR}<br>Sent: {WHEN}<br>"
    f"To: {SOME}; carl@studio.example<br>{SUBJECT}</div>",
    "comments and scripts": "<!-- From: a@b.example --><script>From: c</script>"
    f"From: {AUTHOR}<br>Sent: {WHEN}<br>"
    f"To: anna@firm.example; <!-- d@e.example; -->bo@shop.example; carl@studio.example<br>{SUBJECT}<br><br>Hello",
}


@pytest.mark.parametrize("body", HTML.values(), ids=HTML)
def test_html_says_what_its_text_says(body: str) -> None:
    envelope = the_quoted(body, "text/html; charset=utf-8")
    assert shown_in(envelope) == PEOPLE
    assert envelope.subject == "Our study"
    assert envelope.date == NOON + timedelta(hours=1)


def test_both_versions_of_a_text_are_one_quotation_the_one_that_names_more() -> None:
    plain = OUTLOOK.replace(" <carl@studio.example>", "").replace("Anna Berg <anna@firm.example>", "Anna Berg")
    kind = 'multipart/alternative; boundary="b"'
    text = f"--b\nContent-Type: text/plain\n\n{plain}\n--b\nContent-Type: text/html\n\n{HTML['Outlook']}\n--b--\n"
    assert shown_in(the_quoted(text, kind)) == PEOPLE


def test_transfer_encodings_and_character_sets() -> None:
    body = BLOCKS["Outlook, Polish"]
    for charset in ("utf-8", "iso-8859-2", "windows-1250"):
        octets = body.encode(charset)
        for name, encoded in (
            ("8bit", octets),
            ("quoted-printable", quopri.encodestring(octets)),
            ("base64", base64.encodebytes(octets)),
        ):
            head = f"Content-Transfer-Encoding: {name}\r\n"
            raw = incoming("", f"text/plain; charset={charset}", head=head) + encoded
            (envelope,) = quoted_in(raw)
            assert shown_in(envelope) == PEOPLE
            assert envelope.date == NOON + timedelta(hours=1)


def test_a_chain_gives_each_message_of_ours() -> None:
    second = OUTLOOK.replace("Our study", "Reminder").replace("March 15", "March 16")
    theirs = OUTLOOK.replace(AUTHOR, "anna@firm.example")
    found = quoted_in(incoming(f"{OUTLOOK}\n\n{theirs}\n\n{second}"))
    assert [envelope.subject for envelope in found] == ["Our study", "Reminder"]


def test_a_tool_that_wrote_on_our_behalf_wrote_for_us() -> None:
    sender = f"bounce@tool.example; on behalf of; Meridor Research <{AUTHOR}>"
    envelope = the_quoted(OUTLOOK.replace(f"Meridor Research <{AUTHOR}>", sender))
    assert envelope.author is not None
    assert envelope.author.canonical == AUTHOR


def test_people_shown_by_name_only_count() -> None:
    body = OUTLOOK.replace(" <anna@firm.example>; bo@shop.example", "; Bo Holm").replace(" <carl@studio.example>", "")
    assert shown_in(the_quoted(body)) == ("anna berg", "bo holm", "carl lund")


def test_a_quoted_reply_of_ours_is_marked_as_one() -> None:
    assert the_quoted(OUTLOOK.replace("Our study", "RE: Our study")).marks == {Mark.QUOTED, Mark.REPLY}


SPARED = {
    "an outsider's list (the village fete)": OUTLOOK.replace(AUTHOR, "host@village.example"),
    "an author without an address": OUTLOOK.replace(f" <{AUTHOR}>", ""),
    "an affiliate's": OUTLOOK.replace(AUTHOR, "jo@partner.example"),
    "one outsider": short("To: bo@shop.example\nCc: x@company.example"),
    "colleagues": short("To: a@company.example; b@company.example; bo@shop.example"),
    "hidden people": short("To: bo@shop.example\nBcc: a@b.example; c@d.example"),
    "a line of attribution": f"On Fri, Mar 15, 2024 at 1:00 PM Meridor <{AUTHOR}> wrote:\n> Hello\n",
    "no recipients": f"From: {AUTHOR}\nSent: 15 March 2024 13:00\nSubject: x\n\nTo: {SOME}\n",
    "neither date nor subject": f"From: {AUTHOR}\nTo: anna@firm.example; bo@shop.example\n\nHello\n",
    "prose": f"From: the bottom of my heart\nTo: all of you, and to {SOME}\nSubject: thanks\n",
    "nothing": "",
}


@pytest.mark.parametrize("body", SPARED.values(), ids=SPARED)
def test_what_is_no_list_of_ours_gives_nothing(body: str) -> None:
    assert quoted_in(incoming(f"FYI\n\n{body}")) == ()


def test_the_day_of_the_quoted_message_decides_whether_its_author_was_ours() -> None:
    raw = incoming(OUTLOOK)
    inbound = parse_envelope(raw, PLACE)
    for since, count in ((date(2024, 3, 16), 0), (date(2024, 3, 15), 1)):
        border = Border(Policy(internal=(InternalDomain("company.example", since=since),)))
        assert len(quoted_lists(raw, inbound, border)) == count


ORIGINAL = (
    "Received: from a.example by b.example; Fri, 15 Mar 2024 13:00:14 +0000\r\n"
    f"From: {US_}\r\nTo: {A},\r\n {B}\r\nCc: {C}\r\nSubject: =?utf-8?q?Our_study?=\r\n"
    "Date: Fri, 15 Mar 2024 13:00:12 +0000\r\nMessage-ID: <study@company.example>\r\n\r\nHello\r\n"
)


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers", "message/global"])
def test_an_attached_original_is_read_with_its_message_id(kind: str) -> None:
    body = (
        f"--b\r\nContent-Type: text/plain\r\n\r\nReturned\r\n--b\r\nContent-Type: {kind}\r\n\r\n{ORIGINAL}\r\n--b--\r\n"
    )
    envelope = the_quoted(body, "multipart/report; report-type=delivery-status; boundary=b")
    assert shown_in(envelope) == PEOPLE
    assert (envelope.message_id, envelope.subject, envelope.locator) == ("study@company.example", "Our study", PLACE)
    assert envelope.marks == {Mark.QUOTED}
    assert envelope.identity == the_quoted(OUTLOOK).identity


def test_an_attached_original_in_base64_and_one_in_a_forward() -> None:
    encoded = base64.encodebytes(ORIGINAL.encode()).decode()
    inner = f"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n{encoded}"
    outer = "Content-Type: message/rfc822\n\nFrom: z@y.example\nContent-Type: multipart/mixed; boundary=c\n\n"
    forward = f"{outer}--c\n{inner}\n--c--\n"
    for part in (inner, forward):
        assert shown_in(the_quoted(f"--b\n{part}\n--b--\n", "multipart/mixed; boundary=b")) == PEOPLE
