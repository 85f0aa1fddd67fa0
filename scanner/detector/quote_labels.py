"""How mail programs name the lines of a quoted header, and the months in it, language by language."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from enum import Enum, auto
from functools import lru_cache
from typing import Final, NamedTuple


class Label(Enum):
    """What a line of a quoted header tells."""

    FROM = auto()
    DATE = auto()
    TO = auto()
    CC = auto()
    BCC = auto()
    SUBJECT = auto()
    MESSAGE_ID = auto()
    OTHER = auto()


class Meaning(NamedTuple):
    """What a label means, and the languages in which it does."""

    label: Label
    languages: frozenset[str]


ENGLISH: Final = "en"
_ORDER: Final = (Label.FROM, Label.DATE, Label.TO, Label.CC, Label.SUBJECT)

# From, date, To, Cc and subject as Outlook, Apple Mail, Thunderbird, Gmail and Yahoo write them, then how the names of
# the twelve months begin, with a full stop where that is the whole word (mar. is March, martedì a Tuesday). Several
# names of one thing are separated by commas.
# fmt: off
_LANGUAGES: Final = {
    ENGLISH: ("from", "sent,date,sent on", "to", "cc,copies to", "subject",
              "jan.,january feb.,february mar.,march apr.,april may. jun.,june jul.,july aug.,august sep.,sept.,"
              "september oct.,october nov.,november dec.,december"),
    "de": ("von,absender", "gesendet,datum,gesendet am,sendedatum", "an,empfänger", "cc,kopie,kopie (cc)", "betreff",
           "jan,jän feb mär,mrz,maerz apr mai jun jul aug sep okt nov dez"),
    "fr": ("de,expéditeur", "envoyé,date,envoyé le,date d'envoi", "à,a,pour,destinataire", "cc,copie à,copie",
           "objet,sujet", "janv fév,fev mars avr mai juin juil aoû,aou sep oct nov déc,dec"),
    "es": ("de,remitente", "enviado,enviado el,enviado en,fecha,fecha de envío", "para,a", "cc,copia", "asunto",
           "ene feb mar.,marz abr may jun jul ago sep,set oct nov dic"),
    "pt": ("de,remetente", "enviado,enviado em,enviada em,enviada,data", "para", "cc,com cópia", "assunto",
           "jan fev mar.,març abr mai jun jul ago set out nov dez"),
    "it": ("da,mittente", "inviato,inviato il,data", "a,per,destinatario", "cc,copia", "oggetto",
           "gen feb mar.,marz apr mag giu lug ago set ott nov dic"),
    "nl": ("van,afzender", "verzonden,datum,verzonden op", "aan", "cc,kopie", "onderwerp",
           "jan feb maart,mrt apr mei jun jul aug sep okt nov dec"),
    "pl": ("od,nadawca", "wysłano,data,wysłane", "do,adresat", "dw,cc,kopia,udw do wiadomości,do wiadomości", "temat",
           "sty lut mar kwi maj cze lip sie wrz paź,paz lis gru"),
    "cs": ("od,odesílatel", "odesláno,datum", "komu", "kopie,cc", "předmět",
           "led úno bře dub kvě červen,červn července,červenec srp zář,září říj lis pro"),
    "sk": ("od,odosielateľ", "odoslané,dátum", "komu,pre", "kópia,cc", "predmet",
           "jan feb mar apr máj jún júl aug sep okt nov dec"),
    "sl": ("od", "poslano,datum", "za", "kp,cc", "zadeva", "jan feb mar apr maj jun jul avg sep okt nov dec"),
    "hr": ("od,šalje", "poslano,datum", "za,prima", "kopija,cc", "predmet,naslov",
           "sij velj ožu tra svi lip srp kol ruj lis stu pro"),
    "hu": ("feladó", "elküldve,dátum,küldve", "címzett", "másolatot kap,másolat,cc", "tárgy",
           "jan feb már ápr máj jún júl aug szep okt nov dec"),
    "ro": ("de la,expeditorul,expeditor", "trimis,dată,data,trimis la", "către,destinatarul,destinatar", "cc",
           "subiect,subiectul", "ian feb mar.,martie apr mai iun iul aug sep oct noi dec"),
    "sv": ("från,avsändare", "skickat,datum,skickades", "till", "kopia,cc", "ämne",
           "jan feb mar apr maj jun jul aug sep okt nov dec"),
    "da": ("fra", "sendt,dato", "til", "cc,kopi", "emne", "jan feb mar apr maj jun jul aug sep okt nov dec"),
    "no": ("fra", "sendt,dato", "til", "kopi,cc", "emne", "jan feb mar apr mai jun jul aug sep okt nov des"),
    "fi": ("lähettäjä", "lähetetty,päivämäärä,päiväys", "vastaanottaja", "kopio,cc", "aihe",
           "tammi helmi maalis huhti touko kesä heinä elo syys loka marras joulu"),
    "et": ("saatja", "saadetud,kuupäev", "adressaat,saaja,kellele", "koopia,cc", "teema",
           "jaan veeb märts apr mai juuni juuli aug sep okt nov dets"),
    "lv": ("no", "nosūtīts,datums", "kam", "kopija,cc", "tēma,temats",
           "janv feb mar apr mai jūn jūl aug sep okt nov dec"),
    "lt": ("nuo", "išsiųsta,data", "kam,iki", "kopija,cc", "tema",
           "saus vas kov bal geg birž liep rugp rugs spal lapkr gruod"),
    "tr": ("kimden,gönderen", "gönderildi,gönderilen,gönderme tarihi,tarih", "kime,alıcı", "bilgi,cc", "konu",
           "oca şub mar nis may haz tem ağu eyl eki kas ara"),
    "ru": ("от,от кого,отправитель", "отправлено,дата,отправлен", "кому", "копия", "тема",
           "янв фев мар апр мая,май июн июл авг сен окт ноя дек"),
    "uk": ("від,від кого,відправник", "надіслано,відправлено,дата", "кому", "копія", "тема",
           "січ лют бер кві тра чер лип серп вер жов лис гру"),
    "bg": ("от", "изпратено,дата", "до", "копие,як", "относно,тема",
           "яну фев мар апр май юни юли авг сеп окт ное дек"),
    "el": ("από", "εστάλη,στάλθηκε,ημερομηνία", "προς", "κοιν.,κοινοποίηση", "θέμα",
           "ιαν φεβ μαρ,μάρ απρ μαΐ,μάι,μαι ιουν,ιούν ιουλ,ιούλ αυγ,αύγ σεπ οκτ νοε,νοέ δεκ"),
    "he": ("מאת", "נשלח,תאריך", "אל", "עותק", "נושא", ""),
    "ar": ("من", "تم الإرسال,التاريخ,أرسلت", "إلى", "نسخة,نسخة إلى", "الموضوع", ""),
    "ja": ("差出人,送信者,送信元", "送信日時,日時,日付", "宛先,送信先", "cc", "件名", ""),
    "zh": ("发件人,寄件者,寄件人", "发送时间,发送日期,日期,寄件日期,傳送時間,時間,时间", "收件人,收件者",
           "抄送,副本,cc", "主题,主旨,標題", ""),
    "ko": ("보낸 사람,발신", "보낸 날짜,날짜,보냄", "받는 사람,수신", "참조", "제목", ""),
}
_EVERYWHERE: Final = {
    Label.BCC: "bcc,cci,cco,blindkopie,blindkopie (bcc),udw,bilinmeyen,skrytá kopie,ukryta kopia,ccn,скрытая копия,bk",
    Label.CC: "cc,c.c.",
    Label.MESSAGE_ID: "message-id",
    Label.OTHER: "reply-to,resent-to,resent-from,sender,importance,priority,attachments,organization,organisation,"
    "in-reply-to,references,antwort an,wichtigkeit,anlagen,répondre à,importance,pièces jointes,responder a,"
    "importancia,datos adjuntos,responder a,prioridade,anexos,rispondi a,priorità,allegati,urgentie,bijlagen,"
    "antwoord aan,ważność,załączniki,odpowiedz do,svar til,svara till,vastausosoite",
}
# fmt: on


@lru_cache(maxsize=4096)  # the same few stand in every message, and normalising takes time
def label_of(name: str) -> Meaning | None:
    """What a label (without its colon) means; None when it is none that we know. Case and composition do not matter."""
    return _MEANINGS.get(_folded(name))


def months_of(word: str, languages: Iterable[str]) -> frozenset[int]:
    """The months (1 to 12) that a word may name in these languages; more than one when they disagree."""
    folded = _folded(word)
    return frozenset(
        month for language in languages if (month := _month_in(folded, _MONTHS.get(language, {}))) is not None
    )


def _month_in(word: str, beginnings: Mapping[str, int]) -> int | None:
    """By the whole word, else by the longest known beginning."""
    whole = beginnings.get(f"{word}.")
    if whole is not None:
        return whole
    for length in range(min(len(word), _LONGEST_BEGINNING), 2, -1):
        month = beginnings.get(word[:length])
        if month is not None:
            return month
    return None


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold()).strip()


def _meanings() -> dict[str, Meaning]:
    found: dict[str, Meaning] = {}
    for language, names in _LANGUAGES.items():
        for label, several in zip(_ORDER, names[: len(_ORDER)], strict=True):
            for name in map(_folded, several.split(",")):
                known = found.get(name)
                languages = known.languages if known else frozenset[str]()
                found[name] = Meaning(label, languages | {language})
    everywhere = frozenset(_LANGUAGES)
    for label, several in _EVERYWHERE.items():
        for name in several.split(","):
            found[_folded(name)] = Meaning(label, everywhere)
    return found


_MEANINGS: Final = _meanings()
LABELS: Final = frozenset(_MEANINGS)
"""Every label, lower case."""
LONGEST_LABEL: Final = max(map(len, _MEANINGS))
"""Characters of the longest label."""
_MONTHS: Final[dict[str, dict[str, int]]] = {
    language: {
        _folded(beginning): month
        for month, several in enumerate(names[-1].split(), start=1)
        for beginning in several.split(",")
    }
    for language, names in _LANGUAGES.items()
}
_LONGEST_BEGINNING: Final = max(len(beginning) for beginnings in _MONTHS.values() for beginning in beginnings)
