"""The forms that servers and directories put where an address should be, and what they stand for."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from scanner.address import Address, Form

_LONGEST_DOMAIN = 253  # RFC 1035 §2.3.4; a longer one is no domain, and IDNA processing is not linear
_HOST = re.compile(r"[\w-]++(?>(?:\.[\w-]++)*)\Z")
_LITERAL = re.compile(r"\[[^\[\]]*+\]\Z")
_DOTS = re.compile(r"\.{2,}+")
_SAFE_QUOTED = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]++(?>(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]++)*)\Z")
_PAIR = re.compile(r"\\(.)", re.DOTALL)

_IMCEA = re.compile(r"IMCEA([A-Z0-9]++)-(.*)\Z", re.IGNORECASE | re.DOTALL)
_IMCEA_HEX = re.compile(r"\+([0-9A-Fa-f]{2})")
_GUEST = re.compile(r"(.+)_([^_@]+\.[^_@]+)#EXT#\Z", re.IGNORECASE | re.DOTALL)
_DIRECTORY_NAME = re.compile(
    r"(?:/(?:o|ou|cn|c|dc|admd|prmd|g|s)=|(?:cn|ou|dc|uid)=[^/,;@]*[/,;]|c=[a-z]{2};|(?:ex|x400|x500|notes|fax|ccmail|ms|gwise):)",
    re.IGNORECASE,
)
_INVENTED_DOMAIN = frozenset(
    {"missing_domain", "missing-domain", "missing-host-name", "syntax-error", "unspecified-domain", "invalid-host"}
)
_INVENTED_LOCAL = frozenset(
    {"missing_mailbox", "missing-mailbox", "invalid_address", "unexpected_data_after_address", "invalid-address"}
)
_SPECIAL_HINT = re.compile(r"\A(?:imcea|/|cn=|ou=|ex:|missing|invalid|unexpected)|#ext#|recip", re.IGNORECASE)
_WORD_BREAK = re.compile(r"[\W_]++")


class Meaning(NamedTuple):
    """What stands at an address's place: an address, or the form and text of what is there instead.

    `invented` says that a server made it up where nobody was named: it is no recipient.
    """

    address: Address | None
    form: Form = Form.INTERNET
    text: str = ""
    invented: bool = False


def meaning_of(local_part: str, domain: str) -> Meaning | None:
    """What `local_part@domain` stands for; None when it is no address (RFC 5322 §3.4.1, read generously).

    Generously: trailing and doubled dots are accepted, the domain needs no dot, and both may be outside ASCII.
    """
    host = clean_domain(domain)
    if host is None or not local_part:
        return None
    written = f"{local_part}@{domain}"
    special = _SPECIAL_HINT.search(local_part)
    if special or host in _INVENTED_DOMAIN:
        found = _special(local_part, host, written)
        if found is not None:
            return found
    if "/" in local_part and "." not in host and not host.startswith("["):
        return Meaning(None, Form.DIRECTORY, written)  # a Notes name: Jo Doe/Sales/Corp@Corp
    return Meaning(Address(unquoted(local_part), host))


def _special(local_part: str, host: str, written: str) -> Meaning | None:
    if local_part.casefold() in _INVENTED_LOCAL or is_undisclosed(local_part.strip('"')):
        return Meaning(None, Form.NAME, written, invented=True)
    if host in _INVENTED_DOMAIN:
        return Meaning(None, Form.LOCAL, written)  # a local alias that a server completed
    guest = _GUEST.match(local_part)
    if guest:
        domain = clean_domain(guest[2])
        return Meaning(Address(guest[1], domain)) if domain else None
    imcea = _IMCEA.match(local_part)
    if imcea:
        return _encapsulated(imcea[1].upper(), imcea[2])
    if _DIRECTORY_NAME.match(local_part) and not local_part.startswith("/"):
        return Meaning(None, Form.DIRECTORY, written)
    return None  # /G=Jo/S=Doe/@gateway.example is an internet address after all (RFC 2156)


def _encapsulated(kind: str, text: str) -> Meaning:
    """An address of another kind in Exchange's Internet Mail Connector Encapsulated form ([MS-OXCMAIL] 2.1.3.2)."""
    decoded = _IMCEA_HEX.sub(lambda match: chr(int(match[1], 16)), text.replace("_", "/"))
    if kind in ("MAILTO", "SMTP", "INTERNET"):
        # An underscore stands for itself as often as for a slash here, and no mail address is known with a slash.
        local_part, at, domain = _IMCEA_HEX.sub(lambda match: chr(int(match[1], 16)), text).rpartition("@")
        host = clean_domain(domain) if at and local_part else None
        if host is not None:
            return Meaning(Address(local_part, host))
    return Meaning(None, Form.DIRECTORY, decoded if kind == "EX" else f"{kind}:{decoded}")


def clean_domain(domain: str) -> str | None:
    """A domain in lower case and A-label form (RFC 5890), or an address literal; None when it can be neither."""
    if domain.startswith("["):
        return "".join(domain.lower().split()) if _LITERAL.match(domain) else None
    host = domain.lower().strip(".")
    if not host.isascii():
        host = _a_labels(host)
    if ".." in host:
        host = _DOTS.sub(".", host)
    return host if _HOST.match(host) else None


@lru_cache(maxsize=4096)
def _a_labels(domain: str) -> str:
    if len(domain) > _LONGEST_DOMAIN:
        return domain
    import idna  # noqa: PLC0415 - its tables are large, and hardly any mail needs them

    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return domain


def unquoted(local_part: str) -> str:
    """A local part without quotes where they change nothing (RFC 5322 §3.4.1)."""
    if local_part.startswith('"') and local_part.endswith('"') and len(local_part) > 2:
        inner = _PAIR.sub(r"\1", local_part[1:-1])
        if _SAFE_QUOTED.match(inner):
            return inner
    return local_part


def is_directory_name(text: str) -> bool:
    """Whether the text is an X.500, X.400, legacy Exchange or Notes name, or another directory's prefixed address."""
    return _DIRECTORY_NAME.match(text) is not None


def is_undisclosed(phrase: str) -> bool:
    """Whether the phrase is what a program writes where it hides the recipients, in one of many languages."""
    return len(phrase) <= 80 and _folded(phrase) in _UNDISCLOSED


def _folded(phrase: str) -> str:
    """A phrase without case, accents and punctuation."""
    plain = phrase.casefold()
    if not plain.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return _WORD_BREAK.sub(" ", plain).strip()


_UNDISCLOSED = frozenset(
    _folded(phrase)
    for phrase in """
    undisclosed recipients|undisclosed recipient|recipients undisclosed|undisclosed list
    undisclosed addressees|unlisted recipients|unlisted recipient|hidden recipients|hidden recipient
    recipient list not shown|recipient list suppressed|recipient list undisclosed|recipients not specified
    suppressed recipients|list suppressed|unspecified recipients|no to header on input|recipients not shown
    blind copy recipients|unknown recipients|undisclosed receivers|recipients not disclosed|undisclosed destinations
    verborgene empfänger|verborgene empfaenger|verborgene_empfaenger|versteckte empfänger|unbekannte empfänger
    ungenannte empfänger|nicht genannte empfänger|nicht offengelegte empfänger|verdeckte empfänger
    unterdrückte empfänger
    destinataires inconnus|destinataires non divulgués|destinataires masqués|destinataires cachés
    destinataires non révélés|destinataires non dévoilés|destinataires confidentiels|destinataire inconnu
    liste de destinataires non divulguée|destinataire non divulgué|destinataires non spécifiés
    destinatarios ocultos|destinatarios no revelados|destinatarios sin revelar|destinatarios no divulgados
    destinatarios desconocidos|destinatarios no especificados|destinatario oculto|lista de destinatarios oculta
    destinatários ocultos|destinatários não divulgados|destinatários não revelados|destinatários não informados
    lista oculta de destinatários|destinatários desconhecidos|destinataris ocults|destinatarios ocultados
    destinatari nascosti|destinatari non rivelati|destinatari sconosciuti|destinatari riservati
    destinatari non specificati|destinatario nascosto|destinatari non divulgati|destinatari multipli nascosti
    verborgen ontvangers|niet nader genoemde ontvangers|onbekende ontvangers|geheime ontvangers|verborgen geadresseerden
    niet genoemde geadresseerden|niet weergegeven ontvangers|niet vermelde ontvangers
    dolda mottagare|hemliga mottagare|ej namngivna mottagare|skjulte modtagere|ikke oplyste modtagere
    skjulte mottakere|ikke oppgitte mottakere|ukjente mottakere|okända mottagare|ukendte modtagere
    piilotetut vastaanottajat|salaiset vastaanottajat|paljastamattomat vastaanottajat|falin viðtakendur
    ukryci odbiorcy|odbiorcy ukryci|nieujawnieni odbiorcy|niewidoczni odbiorcy|nieujawnieni adresaci|ukryci adresaci
    skrytí příjemci|nezveřejnění příjemci|neznámí příjemci|skrytý příjemce|skrytí príjemcovia|nezverejnení príjemcovia
    rejtett címzettek|titkos címzettek|nem nyilvános címzettek|ismeretlen címzettek|destinatari ascunși
    destinatari nedivulgați|destinatari necunoscuți|skriveni primatelji|skriveni primaoci|skriti prejemniki
    peidetud saajad|slēpti adresāti|slēptie adresāti|paslėpti gavėjai|neatskleisti gavėjai
    скрытые получатели|нераскрытые получатели|неуказанные получатели|получатели скрыты|скрытый получатель
    приховані одержувачі|приховані отримувачі|нерозкриті одержувачі|скрити получатели|скривени примаоци
    κρυφοί παραλήπτες|μη γνωστοποιημένοι παραλήπτες|κρυμμένοι παραλήπτες|άγνωστοι παραλήπτες
    gizli alıcılar|açıklanmayan alıcılar|bilinmeyen alıcılar|gizlenmiş alıcılar
    מענים חסויים|נמענים חסויים|נמענים מוסתרים|נמענים נסתרים|مستلمون غير معلنين|مستلمون مخفيون|مستلمين غير محددين
    非公開の受信者|宛先非公開|宛先不明|未公開の受信者|受信者非公開|送信先非公開|bcc受信者|未公開宛先
    未公开的收件人|收件人未公开|隐藏的收件人|未披露的收件人|密送收件人|不公开的收件人|未透露收件人
    隱藏的收件者|未公開的收件人|不公開的收件人|未揭露的收件者|未公開收件人|隱藏收件者
    숨은 수신자|숨은 참조 수신자|비공개 수신자|공개되지 않은 수신자|받는사람 숨김
    người nhận ẩn|người nhận không tiết lộ|penerima tersembunyi|penerima dirahasiakan|penerima tidak diungkapkan
    ผู้รับที่ไม่เปิดเผย|ผู้รับที่ซ่อนอยู่
    """.replace("\n", "|").split("|")
    if phrase.strip()
)
