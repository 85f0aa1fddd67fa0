"""What programs and people put before the subject of a message that answers, forwards, recalls or corrects another."""

from __future__ import annotations

from typing import Final

# Before a colon, as written; case and width do not matter. A short one may carry a count: "Re[2]:", "RE(3):", "AW2:".
# fmt: off
ANSWERS: Final = (
    # English, German, French, Spanish, Italian, Portuguese, Dutch
    "re", "r", "ref", "reply", "answer", "aw", "antw", "antwort", "rép", "réf", "réponse", "resp", "res", "rif",
    "rta", "fw", "fwd", "forward", "forwarded", "wg", "weitergeleitet", "tr", "trans", "transf", "rv", "reenv", "enc",
    "i", "inoltro", "inoltra", "doorst", "doorgest",
    # Scandinavian languages, Finnish, Estonian, Icelandic, Latvian, Lithuanian
    "sv", "vs", "vl", "vb", "vbs", "fs", "sva", "ats", "atb", "ed", "pārs",
    # Polish, Czech, Slovak, Hungarian, Romanian, Croatian, Albanian
    "odp", "pd", "fwd od", "přep", "vá", "továbbítás", "továbbít", "ynt", "ilt", "İLT", "răsp", "redir", "proslj",
    "pre",
    # Greek, Russian and Ukrainian, Hebrew, Arabic, Persian
    "απ", "σχετ", "πρθ", "отв", "ответ", "пересл", "пер", "вп", "השב", "הועבר", "رد", "تحويل", "پاسخ",
    # Chinese, Japanese, Korean, Vietnamese, Indonesian, Thai
    "回复", "回覆", "答复", "答覆", "转发", "轉寄", "轉發", "返信", "転送", "답장", "회신", "전달", "trl", "ctv",
    "bls", "trs", "ตอบ", "ส่งต่อ",
)
RETURNS: Final = (
    # What comes back by itself: bounces, absences, receipts, answers to an invitation.
    "undeliverable", "undelivered", "undelivered mail", "delivery failure", "delivery failed", "failure notice",
    "returned mail", "unzustellbar", "non remis", "non recapitabile", "no se puede entregar", "no entregado",
    "onbestelbaar", "niet bezorgd", "niedostarczone", "não entregue", "não é possível entregar", "kan ikke leveres",
    "kunde inte levereras", "automatic reply", "auto reply", "auto-reply", "autoreply", "out of office",
    "automatische antwort", "abwesenheitsnotiz", "réponse automatique", "absence du bureau", "respuesta automática",
    "risposta automatica", "fuori sede", "automatisch antwoord", "autoodpowiedź", "odpowiedź automatyczna",
    "resposta automática", "autosvar", "automatiskt svar", "automaattinen vastaus", "自動応答", "自动答复", "read",
    "gelesen", "lu", "leído", "letto", "lida", "gelezen", "accepted", "tentative", "declined", "zugesagt", "abgesagt",
    "accepté", "refusé", "aceptada", "aceptado", "accettato", "geaccepteerd", "zaakceptowano", "aceito",
)
RECALLS: Final = (
    "recall", "message recall", "recalled", "rückruf", "nachrichtenrückruf", "rappel", "rappel de message",
    "rappel du message", "recuperar", "recuperación", "retirar", "richiamo", "richiama", "ritiro", "intrekken",
    "intrekking", "terugroepen", "bericht intrekken", "odwołanie", "odwołaj", "wycofanie", "recolher", "recolha",
    "cancelar envio", "återkalla", "återkallelse", "tilbagekald", "tilbagekaldelse", "tilbakekall", "takaisinkutsu",
    "odvolání", "visszahívás", "geri çağırma", "geri çekme", "отзыв", "ανάκληση", "撤回", "召回", "收回", "取り消し",
    "取消", "회수",
)
CORRECTIONS: Final = (
    "correction", "corrected", "corrected version", "corrigendum", "erratum", "errata", "update", "updated",
    "revised", "revision", "amended", "amendment", "new version", "resend", "resent", "sent again", "korrektur",
    "korrigiert", "korrigierte fassung", "berichtigung", "berichtigt", "aktualisierung", "aktualisiert",
    "rectificatif", "rectification", "corrigé", "mise à jour", "corrección", "corregido", "rectificación",
    "actualización", "correzione", "corretto", "rettifica", "aggiornamento", "correctie", "gecorrigeerd",
    "rectificatie", "bijgewerkt", "korekta", "poprawka", "sprostowanie", "aktualizacja", "correção", "corrigido",
    "retificação", "atualização", "rättelse", "korrigering", "korrektion", "rettelse", "oppdatering", "opdatering",
    "uppdatering", "korjaus", "oprava", "helyesbítés", "düzeltme", "исправление", "διόρθωση", "更正", "订正", "訂正",
    "更新", "정정",
)
APOLOGIES: Final = (
    "sorry", "so sorry", "apology", "apologies", "our apologies", "with apologies", "oops", "entschuldigung",
    "entschuldigen sie", "excuses", "nos excuses", "toutes nos excuses", "disculpa", "disculpas",
    "nuestras disculpas", "scuse", "le nostre scuse", "excuus", "onze excuses", "verontschuldiging",
    "verontschuldigingen", "przepraszamy", "przeprosiny", "desculpe", "desculpas", "ursäkta", "beklager", "undskyld",
    "anteeksi", "お詫び", "道歉", "致歉",
)
# What stands before a number that counts the messages of one mailing.
NUMBERING: Final = (
    "no", "nr", "n°", "nº", "№", "num", "number", "nummer", "numéro", "número", "numero", "numer", "part", "teil",
    "partie", "parte", "deel", "część", "czesc", "cz", "del", "osa", "batch", "lot", "lote", "lotto", "partij",
    "partia", "wave", "group", "gruppe", "groupe", "grupo", "gruppo", "groep", "grupa", "mailing", "mail", "pt",
    "vol", "issue", "ausgabe", "第",
)
OF: Final = ("/", "of", "von", "de", "sur", "di", "van", "z", "av", "из", "/")
# Month names by their beginnings: the number behind one is a day.
MONTHS: Final = (
    "jan", "ene", "gen", "janv", "sty", "feb", "fev", "fév", "lut", "mar", "mär", "mrt", "apr", "avr", "abr", "kwi",
    "may", "mai", "mag", "mei", "maj", "jun", "juin", "giu", "cze", "jul", "juil", "lug", "lip", "aug", "aoû", "ago",
    "sie", "sep", "set", "wrz", "oct", "okt", "out", "ott", "paź", "nov", "lis", "dec", "déc", "dez", "dic", "gru",
)
# fmt: on
