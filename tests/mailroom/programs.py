"""Replies as mail programs write them, in many languages: what stands before the letter that they quote."""

from __future__ import annotations

PAY = "Paylink <pay@harborfinch.example>"
LRE, PDF, RLM = "\u202a", "\u202c", "\u200f"

# Gmail (and its telephone programs), Apple Mail, iPhones, Thunderbird: one line, then each quoted line with a ">".
ATTRIBUTIONS = {
    "Gmail, English": f"On Mon, Nov 23, 2026 at 10:00 AM {PAY} wrote:",
    "Gmail, German": f"Am Mo., 23. Nov. 2026 um 10:00 Uhr schrieb {PAY}:",
    "Gmail, French": f"Le lun. 23 nov. 2026 à 10:00, {PAY} a écrit :",
    "Gmail, Spanish": "El lun, 23 nov 2026 a las 10:00, Paylink (<pay@harborfinch.example>) escribió:",
    "Gmail, Italian": f"Il giorno lun 23 nov 2026 alle ore 10:00 {PAY} ha scritto:",
    "Gmail, Dutch": f"Op ma 23 nov 2026 om 10:00 schreef {PAY}:",
    "Gmail, Portuguese": f"Em seg., 23 de nov. de 2026 às 10:00, {PAY} escreveu:",
    "Gmail, Polish": f"pon., 23 lis 2026 o 10:00 {PAY} napisał(a):",
    "Gmail, Arabic": f"في الاثنين، 23 نوفمبر 2026 في 10:00 ص تمت كتابة ما يلي بواسطة {PAY}:",
    "Gmail, Hebrew": "\u202bבתאריך יום ב׳, 23 בנוב׳ 2026 ב-10:00 מאת "
    f"{LRE}Paylink{PDF}{RLM} <{LRE}pay@harborfinch.example{PDF}{RLM}>:\u202c",
    "Gmail, Hungarian": f"{PAY} ezt írta (időpont: 2026. nov. 23., H, 10:00):",
    "Gmail, Turkish": f"{PAY}, 23 Kas 2026 Pzt, 10:00 tarihinde şunu yazdı:",
    "Apple Mail, English": f"On 23 Nov 2026, at 10:00, {PAY} wrote:",
    "Apple Mail, German": f"Am 23.11.2026 um 10:00 schrieb {PAY}:",
    "Apple Mail, French": f"Le 23 nov. 2026 à 10:00, {PAY} a écrit :",
    "Apple Mail, Spanish": f"El 23 nov 2026, a las 10:00, {PAY} escribió:",
    "Apple Mail, Italian": f"Il giorno 23 nov 2026, alle ore 10:00, {PAY} ha scritto:",
    "Apple Mail, Dutch": f"Op 23 nov. 2026 om 10:00 heeft {PAY} het volgende geschreven:",
    "Apple Mail, Portuguese": f"No dia 23/11/2026, às 10:00, {PAY} escreveu:",
    "Apple Mail, Polish": f"Wiadomość napisana przez {PAY} w dniu 23 lis 2026, o godz. 10:00:",
    "Thunderbird, English": "On 11/23/26 10:00, Paylink wrote:",
    "Thunderbird, German": "Am 23.11.26 um 10:00 schrieb Paylink:",
    "Thunderbird, French": "Le 23/11/2026 à 10:00, Paylink a écrit :",
    "Thunderbird, Spanish": "El 23/11/26 a las 10:00, Paylink escribió:",
    "Thunderbird, Italian": "Il 23/11/2026 10:00, Paylink ha scritto:",
    "Thunderbird, Dutch": "Op 23-11-2026 om 10:00 schreef Paylink:",
    "Thunderbird, Portuguese": "Às 10:00 de 23/11/2026, Paylink escreveu:",
    "Thunderbird, Polish": "W dniu 23.11.2026 o 10:00, Paylink pisze:",
    "Thunderbird, Hebrew": "ב-23/11/2026 10:00, Paylink כתב:",
    "Thunderbird, Arabic": "في 23/11/2026 10:00 ص، كتب Paylink:",
    "Thunderbird, Chinese": "在 2026/11/23 10:00, Paylink 写道:",
    "a program nobody knows": "23.11.2026 10:00, Paylink xyzzy:",
    "broken into lines": "On Mon, Nov 23, 2026 at 10:00 AM Paylink for Harbor & Finch\n"
    "<pay@harborfinch.example> wrote:",
    "broken into three": "On Monday,\nNov 23, 2026 at 10:00 AM, Paylink for Harbor & Finch\n"
    "<pay@harborfinch.example> wrote:",
    "Proton": f"On Monday, November 23rd, 2026 at 10:00 AM, {PAY} wrote:",
}

# Outlook (for Windows, the web, iPhone and Android) and Samsung: a head, then the letter without any mark.
_FIELDS = {
    "English": ("From", "Sent", "To", "Subject"),
    "German": ("Von", "Gesendet", "An", "Betreff"),
    "French": ("De ", "Envoyé ", "À ", "Objet "),
    "Spanish": ("De", "Enviado el", "Para", "Asunto"),
    "Italian": ("Da", "Inviato", "A", "Oggetto"),
    "Dutch": ("Van", "Verzonden", "Aan", "Onderwerp"),
    "Portuguese": ("De", "Enviado", "Para", "Assunto"),
    "Polish": ("Od", "Wysłano", "Do", "Temat"),
    "Arabic": ("من", "تم الإرسال", "إلى", "الموضوع"),
    "Hebrew": ("מאת", "נשלח", "אל", "נושא"),
    "Hungarian": ("Feladó", "Elküldve", "Címzett", "Tárgy"),
    "no language we know": ("Xyz", "Yzx", "Zxy", "Zyx"),
}
_BANNERS = {
    "English": "Original Message",
    "German": "Ursprüngliche Nachricht",
    "French": "Message d'origine",
    "Spanish": "Mensaje original",
    "Italian": "Messaggio originale",
    "Dutch": "Oorspronkelijk bericht",
    "Portuguese": "Mensagem original",
    "Polish": "Oryginalna wiadomość",
}


def _head(names: tuple[str, str, str, str], bold: str = "") -> str:
    sender, sent, to, subject = (f"{bold}{name}:{bold}" for name in names)
    sam = "Sam Okafor <sam@harborfinch.example>"
    return f"{sender} {PAY}\n{sent} Monday, 23 November 2026 10:00\n{to} {sam}\n{subject} B-1"


HEADS = (
    {f"Outlook, {name}": _head(names) for name, names in _FIELDS.items()}
    | {f"Outlook on the web, {name}": f"{'_' * 32}\n{_head(names)}" for name, names in _FIELDS.items()}
    | {f"Outlook through Gmail, {name}": _head(names, "*") for name, names in _FIELDS.items()}
    | {f"older Outlook, {name}": f"-----{words}-----\nxyz" for name, words in _BANNERS.items()}
    | {f"Samsung, {name}": f"-------- {words} --------\nxyz" for name, words in _BANNERS.items()}
    | {
        "forwarded by Gmail": f"---------- Forwarded message ---------\nFrom: {PAY}",
        "forwarded by an iPhone": f"Begin forwarded message:\n\nFrom: {PAY}\nDate: 23 November 2026 at 10:00",
        "Yahoo": f"    On Monday, November 23, 2026 at 10:00:00 AM EST, {PAY} wrote:  \n ",
    }
)

SENT_FROM = [
    "Sent from my iPhone",
    "Sent from my Galaxy",
    "Sent from Mail for Windows",
    "Get Outlook for iOS<https://aka.ms/o0ukef>",
    "Von meinem iPhone gesendet",
    "Von meiner Galaxy gesendet",
    "Gesendet von Outlook für iOS",
    "Holen Sie sich Outlook für Android",
    "Envoyé de mon iPhone",
    "Télécharger Outlook pour iOS",
    "Enviado desde mi iPhone",
    "Obtener Outlook para iOS",
    "Inviato da iPhone",
    "Scarica Outlook per iOS",
    "Verstuurd vanaf mijn iPhone",
    "Outlook voor iOS downloaden",
    "Enviado do meu iPhone",
    "Obter o Outlook para iOS",
    "Wysłane z iPhone'a",
    "Pobierz aplikację Outlook dla systemu iOS",
    "تم الإرسال من الـ iPhone",
    "נשלח מה-iPhone שלי",
    "-- \nSam Okafor",
    "—\nSam Okafor",
]
