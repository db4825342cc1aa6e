"""Where an older letter begins in the text of a reply, as mail programs of many languages mark it. Pure.

Two marks need no words of a language: a line that ends in a colon and names an address in angle brackets and a date
(Gmail, Apple Mail), and such a line with a number in it just above the first quoted one (Thunderbird).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_INVISIBLE = dict.fromkeys(
    map(ord, "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u00ad")
)
_MOST_LINES = 4  # that the line before a quoted letter is broken into
_MOST_LEAD = 600  # characters of it
_MOST_HEAD = 8  # lines of the head of an older letter that are looked at

_ADDRESS = re.compile(r"[<(\[][^<>\s]*(?:mailto:)?[^<>\s@]+@[^<>\s@]+")
_MOMENT = re.compile(r"\b[0-9]{4}\b|[0-9]{1,2}[:.hH][0-9]{2}|[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{2}")
_WROTE = re.compile(
    r"\b(?:wrote|writes|schrieb|schreef|geschreven|a écrit|écrit|escribió|escribi[oó]|ha scritto|scrive|escreveu|"
    r"napisał(?:a|\(a\)|o)?|pisze|skrev|kirjoitti|napsal(?:a|\(a\))?|napísal|a scris|írta|yazdı|viết|menulis|"
    r"написал(?:а|\(а\))?|пишет|пише|написа)\b|写道|寫道|さんは書きました|님이 작성|כתב|كتب|تمت كتابة|מאת",
    re.IGNORECASE,
)
_OPENINGS = re.compile(
    r"(?:On|Am|Le|El|Il|Op|Em|No dia|Às|W dniu|Dnia|Wiadomość napisana|Den|Dne|Dňa|Pe|La|בתאריך|ב-|في|在)\b",
    re.IGNORECASE,
)
_BANNER = re.compile(r"\W{0,3}-{4,}\s*\w[^-]{2,60}-{4,}\W{0,3}|_{20,}|-{30,}")
_FORWARDED = re.compile(
    r"(?:Begin forwarded message|Anfang der weitergeleiteten (?:Nachricht|E-Mail)|"
    r"Début du message (?:transféré|réexpédié)|Inici[oa] del mensaje reenviado|"
    r"Inizio messaggio inoltrato|Begin doorgestuurd bericht|"
    r"Início da mensagem (?:encaminhada|reencaminhada)|Początek (?:przekazywanej|przekazanej) wiadomości)\s*:",
    re.IGNORECASE,
)
_FROM = (
    "From|Von|De|Da|Van|Od|От|Від|Från|Fra|Feladó|De la|Kimden|Gönderen|Lähettäjä|Expéditeur|"
    "寄件者|发件人|差出人|من|מאת"
)
_SENT = (
    "Sent|Date|Gesendet(?: am)?|Datum|Envoyé(?: le)?|Enviad[oa](?: el| em)?|Fecha|Inviato|Data|Verzonden|Wysłano|"
    "Отправлено|Дата|Skickat|Sendt|Dato|Odesláno|Elküldve|Dátum|Trimis|Gönderildi|Tarih|Lähetetty|"
    "发送时间|日期|送信日時|تم الإرسال|أُرسلت|التاريخ|נשלח|תאריך"
)
_OTHER = (
    "To|Cc|Subject|An|Betreff|À|Objet|Para|Asunto|A|Oggetto|Aan|Onderwerp|Assunto|Do|DW|Temat|Кому|Тема|Till|Ämne|"
    "Til|Emne|Komu|Předmět|Címzett|Tárgy|Către|Subiect|Kime|Konu|Vastaanottaja|Aihe|收件人|主题|宛先|件名|"
    "إلى|الموضوع|אל|נושא"
)


def _field(names: str) -> re.Pattern[str]:
    return re.compile(rf"[*_\s]*(?:{names})[*_\s]*[:：][*_\s]*(?P<value>.*)", re.IGNORECASE)


_FROM_FIELD, _SENT_FIELD, _OTHER_FIELD = _field(_FROM), _field(_SENT), _field(_OTHER)
_ANY_FIELD = _field(r"[^\W\d_][^:：\n]{0,24}")
_OUR_FIELD = _field(
    "for|(?:client |recipient )?name|e-?mail(?: address)?|invoice(?: number| date)?|due(?: date)?|amount|"
    "currency|account|(?:custom )?message|partial|min|expires"
)


def visible(line: str) -> str:
    """A line without the marks that are not seen, such as those that turn the direction of writing."""
    return line.translate(_INVISIBLE).strip(" \t\xa0\u202f")


def before_history(lines: Sequence[str], *, quote_follows: bool = False) -> list[str]:
    """The lines above the first mark of an older letter; `quote_follows`: a quoted line is the next one."""
    seen = [visible(line) for line in lines]
    last = next((number for number in reversed(range(len(seen))) if seen[number]), -1)
    for number, line in enumerate(seen):
        if _BANNER.fullmatch(line) or _FORWARDED.match(line) or _is_head(seen[number : number + _MOST_HEAD]):
            return list(lines[:number])
        if line.endswith((":", "：")):
            start = _lead_in(seen, number, just_above=quote_follows and number == last)
            if start is not None:
                return list(lines[:start])
    return list(lines)


def _lead_in(seen: Sequence[str], end: int, *, just_above: bool) -> int | None:
    """Where "On Monday, Sam <sam@x.example> wrote:" begins, which may be broken into lines; None: it is none."""
    for start in range(end, max(-1, end - _MOST_LINES), -1):
        if not seen[start]:
            return None
        said = " ".join(seen[start : end + 1])[:_MOST_LEAD]
        if not _MOMENT.search(said):
            continue
        if _ADDRESS.search(said) or _WROTE.search(said) or just_above:
            above = range(start, max(-1, end - _MOST_LINES), -1)  # a name or weekday may stand on a line before
            return next((line for line in above if _OPENINGS.match(seen[line])), start)
    if just_above and _WROTE.search(seen[end]):
        return end
    return None


def _is_head(lines: Sequence[str]) -> bool:
    """Whether lines begin with the head of an older letter ("From: … Sent: … To: …").

    In a language that is not known here: with three fields, one of an address in brackets, none a word of commands.
    """
    sender = _FROM_FIELD.match(lines[0])
    block: list[str] = []
    for line in filter(None, lines):
        if not _ANY_FIELD.match(line) and not (block and line.startswith(("<", "("))):
            break
        block.append(line)
    if sender is not None and not _MOMENT.match(sender["value"]):  # else `list` … `from: 2026-11-01`
        return any(_SENT_FIELD.match(line) or _OTHER_FIELD.match(line) for line in block[1:])
    return len(block) >= 3 and any(map(_ADDRESS.search, block)) and not any(map(_OUR_FIELD.match, block))
