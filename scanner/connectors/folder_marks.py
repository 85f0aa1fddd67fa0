"""What the name of a folder says about the messages in it, and which folders of an archive hold sent mail."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

from scanner.account import Account
from scanner.connectors.sent_folders import is_sent_name, lies_under_sent_name
from scanner.coverage import ChosenBy
from scanner.encoded_word import decode_text
from scanner.envelope import Mark
from scanner.errors import NoSentFolder

# Folders of drafts and templates, and of mail that waits to be sent (outboxes), as mail programs name them.
# fmt: off
_UNSENT = (
    "draft", "drafts", "outbox", "unsent messages", "templates",
    "entwürfe", "entwurf", "postausgang", "vorlagen",
    "brouillons", "boîte d'envoi", "modèles",
    "borradores", "borrador", "bandeja de salida", "plantillas",
    "bozze", "posta in uscita", "modelli",
    "rascunhos", "caixa de saída", "modelos",
    "concepten", "postvak uit", "sjablonen",
    "utkast", "utkorg", "utkorgen", "mallar",
    "kladder", "kladde", "udbakke", "utboks",
    "luonnokset", "lähtevät", "drög", "mustandid",
    "kopie robocze", "wersje robocze", "szkice", "robocze", "skrzynka nadawcza", "szablony",
    "koncepty", "rozepsané", "rozepsaná pošta", "k odeslání", "pošta k odeslání", "pošta na odoslanie",
    "piszkozatok", "postázandó üzenetek", "kimenő", "kimenő üzenetek",
    "schițe", "schiţe", "ciorne", "nacrti", "osnutki", "skice", "juodraščiai", "melnraksti",
    "черновики", "исходящие", "чернетки", "вихідні", "чернови", "нацрти",
    "πρόχειρα", "εξερχόμενα", "taslaklar", "giden kutusu",
    "草稿", "草稿箱", "草稿夹", "发件箱", "寄件匣", "下書き", "送信トレイ", "임시 보관함", "임시보관함", "보낼 편지함",
    "טיוטות", "דואר יוצא", "مسودات", "المسودات", "صندوق الصادر", "bản nháp", "แบบร่าง", "draf", "esborranys",
)
_DRAFT = frozenset((Mark.DRAFT,))
_STORE = re.compile(r"\.(?:mbox|sbd)\Z", re.IGNORECASE)  # what Apple Mail and Thunderbird add to a folder's name
_PART = re.compile(r"(?:[\d\W_]+|mbox|data|messages|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\Z", re.IGNORECASE)
_JUNK = (
    "junk", "junk mail", "junk e-mail", "junk email", "junk-e-mail", "spam", "bulk mail", "spamverdacht", "unerwünscht",
    "indésirables", "courrier indésirable", "pourriel", "correo no deseado", "posta indesiderata", "lixo eletrônico",
    "lixo eletrónico", "ongewenste e-mail", "ongewenste reclame", "skräppost", "uønsket e-post", "uønsket mail",
    "roskaposti", "wiadomości-śmieci", "niechciane", "nevyžádaná pošta", "levélszemét", "нежелательная почта", "спам",
    "ανεπιθύμητα", "gereksiz e-posta", "垃圾邮件", "垃圾郵件", "迷惑メール", "스팸", "정크 메일", "דואר זבל",
)
_TRASH = (
    "trash", "bin", "deleted", "deleted items", "deleted messages", "papierkorb", "gelöscht", "gelöschte elemente",
    "gelöschte objekte", "corbeille", "éléments supprimés", "papelera", "elementos eliminados", "cestino",
    "posta eliminata", "elementi eliminati", "lixeira", "itens excluídos", "itens eliminados", "prullenbak",
    "verwijderde items", "papperskorgen", "borttagna objekt", "papirkurv", "slettet post", "slettede elementer",
    "roskakori", "poistetut", "kosz", "elementy usunięte", "koš", "odstraněná pošta", "lomtár", "törölt elemek",
    "корзина", "удаленные", "удалённые", "κάδος", "διαγραμμένα", "çöp kutusu", "silinmiş öğeler", "已删除",
    "已删除邮件", "刪除的郵件", "ゴミ箱", "削除済みアイテム", "휴지통", "지운 편지함", "אשפה", "פריטים שנמחקו",
)
# Other folders that a whole mail store has, to tell one person's store from the archives of several people.
_ORDINARY = (
    "inbox", "in", "trash", "deleted items", "deleted messages", "junk", "spam", "archive", "archives",
    "posteingang", "papierkorb", "gelöschte elemente", "archiv", "corbeille", "indésirables",
    "boîte de réception", "bandeja de entrada", "papelera", "posta in arrivo", "cestino", "caixa de entrada", "lixeira",
    "postvak in", "prullenbak", "inkorgen", "papperskorgen", "odebrane", "kosz",
)
# fmt: on


def folder_marks(path: str) -> frozenset[Mark]:
    """SENT or DRAFT, when the folder's name or that of one above it says so. `path` is without suffix."""
    marks = set()
    if is_sent_name(path) or lies_under_sent_name(path):
        marks.add(Mark.SENT)
    elif _last(path) in _UNSENT_NAMES or _lies_under_unsent_name(path):
        marks.add(Mark.DRAFT)
    return frozenset(marks)


def _lies_under_unsent_name(path: str) -> bool:
    parts = path.split("/")
    above = _named_above(parts)
    return above is not None and _folded(_STORE.sub("", parts[above])) in _UNSENT_NAMES


def title_in(account: Account, title: str) -> str:
    """The title of an archive's folder, behind that of the folder in which the archive was found, if it belongs to it.

    Exports sort mail into years, and Apple Mail keeps each folder's messages some folders below it. Any other name says
    by itself what it holds: `sent/anna.mbox` may be all that Anna has.
    """
    parts = [*filter(None, account.below.split("/")), *title.split("/")]
    above = _named_above(parts)
    return title if above is None else "/".join(parts[above:])


def _named_above(parts: Sequence[str]) -> int | None:
    """The place of the nearest name that mail programs give to folders, if only numbers and the like stand below it."""
    for place in range(len(parts) - 2, -1, -1):
        if not _PART.match(parts[place + 1]):
            return None
        if is_folder_name(_STORE.sub("", parts[place])):
            return place
    return None


def is_folder_name(name: str) -> bool:
    """Whether mail programs give this name to a folder of everybody's store."""
    return is_sent_name(name) or _last(name) in _UNSENT_NAMES or _last(name) in _ORDINARY_NAMES


def choose(account: Account, titles: Mapping[str, str]) -> dict[str, ChosenBy]:
    """For each folder of an archive, by path, whether it is read and why. `titles` are the paths without suffix.

    The folders that the config names hold sent mail; else those with a sent folder's name; else, since an archive
    without such names may hold nothing but sent mail, all of them may. Beside folders of sent mail the others are read
    as evidence, and for what was sent and filed in them. Those of junk mail are not: nothing in them was sent, and the
    lists that it shows are lists of strangers. A folder that the config names and that is not there: see `all_there`.
    """
    if account.sent_folders:
        named = {
            path for path, title in titles.items() if path in account.sent_folders or title in account.sent_folders
        }
        return {path: ChosenBy.CONFIGURED if path in named else _beside(title) for path, title in titles.items()}
    sent = {path for path, title in titles.items() if Mark.SENT in folder_marks(title)}
    if not sent or len(titles) == 1:
        return dict.fromkeys(titles, ChosenBy.ARCHIVE)
    return {path: ChosenBy.NAME if path in sent else _beside(title) for path, title in titles.items()}


def all_there(account: Account, titles: Mapping[str, str]) -> None:
    """Raise NoSentFolder when a folder that the config names is not there; the others are read all the same."""
    there = {*titles, *titles.values()}
    missing = [name for name in account.sent_folders if name not in there]
    if missing:
        raise NoSentFolder(
            f"The config names as sent what is not in {account.path}: {', '.join(missing)}.",
            f"Correct sent_folders. These folders are there: {', '.join(titles)}.",
        )


def _beside(title: str) -> ChosenBy:
    return ChosenBy.NOT_SENT if is_junk_name(title) else ChosenBy.HISTORY


def is_junk_name(path: str) -> bool:
    """Whether the last component of a folder's path says that what lies there was taken for junk."""
    return _last(path) in _JUNK_NAMES


def is_passing_name(path: str) -> bool:
    """Whether it says that what lies there was not sent yet, was deleted, or was taken for junk."""
    return any(_last(path) in names for names in (_UNSENT_NAMES, _TRASH_NAMES, _JUNK_NAMES))


def marks_of(account: Account, path: str, title: str) -> frozenset[Mark]:
    """The marks of every message in a folder.

    The name of a folder whose own path somebody gave does not say that its messages were not sent: who names an outbox
    wants it judged.
    """
    if path in account.sent_folders or title in account.sent_folders:
        return frozenset((Mark.SENT,))
    marks = folder_marks(title)
    return marks - _DRAFT if marks and _was_given(account, path) else marks


def _was_given(account: Account, path: str) -> bool:
    """Whether the folder is all that the path of the account leads to; "." is how connectors call it."""
    return account.path is not None and not account.searched and (path == "." or not account.path.is_dir())


@lru_cache(maxsize=4096)
def label_marks(labels: bytes) -> frozenset[Mark]:
    """The same for a field of labels: Gmail exports all mail as one mbox, and names each message's folders in it."""
    return frozenset(mark for label in decode_text(labels)[0].split(",") for mark in folder_marks(label.strip(' "')))


def _last(path: str) -> str:
    return _folded(path.replace("\\", "/").replace(".", "/").rstrip("/").rpartition("/")[2])


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold()).strip()


_UNSENT_NAMES = frozenset(map(_folded, _UNSENT))
_JUNK_NAMES = frozenset(map(_folded, _JUNK))
_TRASH_NAMES = frozenset(map(_folded, _TRASH))
_ORDINARY_NAMES = frozenset(map(_folded, _ORDINARY))
