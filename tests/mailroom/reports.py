"""Delivery reports as mail servers write them, about a letter to Jane."""

from __future__ import annotations

JANE = "jane@client.example"
OURS = "request-pl-7f3k9q-17@harborfinch.example"

_DAEMON = "Return-Path: <>\r\nFrom: Mail Delivery System <MAILER-DAEMON@mx.example>\r\nTo: pay@harborfinch.example\r\n"
_PARTS = "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n"


def report(kind: str, message_id: str = OURS, to: str = JANE) -> bytes:
    """A letter of one of the kinds in KINDS, DELAYED or NO_BOUNCES."""
    text = (KINDS | DELAYED | NO_BOUNCES)[kind].replace("{id}", message_id).replace("{to}", to)
    return text.replace("\r\n", "\n").replace("\n", "\r\n").encode()


def standard(
    status: str, diagnosis: str, action: str = "failed", subject: str = "Undelivered Mail Returned to Sender"
) -> str:
    """RFC 3464, as Postfix writes it."""
    return f"""{_DAEMON}Subject: {subject}
Auto-Submitted: auto-replied
{_PARTS}
--b
Content-Type: text/plain

This is the mail system at host mx.example.

<{{to}}>: host mail.client.example said: {diagnosis}
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {{to}}
Original-Recipient: rfc822;{{to}}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {diagnosis}
--b
Content-Type: message/rfc822

From: "Harbor & Finch LLP" <pay@harborfinch.example>
To: {{to}}
Subject: Payment request
Message-ID: <{{id}}>

Dear Jane
--b--
"""


_COPY = "From: pay@harborfinch.example\nTo: {to}\nSubject: Payment request\nMessage-ID: <{id}>\n\nDear Jane\n"

KINDS = {
    "postfix": standard("5.1.1", "550 5.1.1 <{to}>: Recipient address rejected: User unknown"),
    "full mailbox": standard("5.2.2", "552 5.2.2 Mailbox full"),
    "given up after days": standard("4.4.1", "connect to mail.client.example[192.0.2.1]:25: Connection timed out"),
    "headers only": standard("5.7.1", "550 5.7.1 Message refused").replace("message/rfc822", "text/rfc822-headers"),
    "exchange": f"""From: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@client.example>
To: pay@harborfinch.example
Subject: Undeliverable: Payment request
In-Reply-To: <{{id}}>
{_PARTS}
--b
Content-Type: multipart/alternative; boundary=c

--c
Content-Type: text/html; charset=utf-8

<p>Your message to <a href="mailto:{{to}}">{{to}}</a> couldn't be delivered.</p>
--c--
--b
Content-Type: message/delivery-status

Reporting-MTA: dns;AM0PR01.client.example

Final-recipient: RFC822;{{to}}
Action: failed
Status: 5.1.10
Diagnostic-code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup
--b--
""",
    "gmail": f"""{_DAEMON}Subject: Delivery Status Notification (Failure)
References: <{{id}}>
In-Reply-To: <{{id}}>
Content-Type: text/plain; charset=UTF-8

Delivery to the following recipient failed permanently:

     {{to}}

Technical details of permanent failure:
Google tried to deliver your message, but it was rejected by the server for the recipient domain client.example.
The error that the other server returned was:
550 5.1.1 <{{to}}>... User Unknown
""",
    "qmail": f"""{_DAEMON}Subject: failure notice

Hi. This is the qmail-send program at mx.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{{to}}>:
192.0.2.1 does not like recipient.
Remote host said: 550 no such user here

--- Below this line is a copy of the message.

Return-Path: <pay@harborfinch.example>
{_COPY}""",
    "exim": f"""From: Mail Delivery System <Mailer-Daemon@mx.example>
To: pay@harborfinch.example
X-Failed-Recipients: {{to}}
Auto-Submitted: auto-replied
Subject: Mail delivery failed: returning message to sender

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {{to}}
    SMTP error from remote mail server after RCPT TO:<{{to}}>:
    host mail.client.example [192.0.2.1]: 550 unknown user

------ This is a copy of the message, including all the headers. ------

{_COPY}""",
    "gmail today": standard("5.1.1", "550-5.1.1 The email account that you tried to reach does not exist.")
    .replace("This is the mail system at host mx.example.", "** Address not found **")
    .replace("<{to}>: host", "Your message wasn't delivered to {to} because the address couldn't be found: host"),
    "old exchange": """From: System Administrator <postmaster@client.example>
To: pay@harborfinch.example
Subject: Undeliverable: Payment request
In-Reply-To: <{id}>
Content-Type: text/plain

Your message

  To:      {to}
  Subject: Payment request

did not reach the following recipient(s):

{to} on Mon, 23 Nov 2026 10:00:00 -0500
    The e-mail account does not exist at the organization this message was sent to.
        <mail.client.example #5.1.1>
""",
    "sendmail": f"""{_DAEMON}Subject: Returned mail: see transcript for details
Auto-Submitted: auto-generated (failure)

   ----- The following addresses had permanent fatal errors -----
<{{to}}>
    (reason: 550 5.1.1 <{{to}}>... User unknown)

   ----- Message header follows -----

{_COPY}""",
    "yahoo": f"""{_DAEMON}Subject: Failure Notice

Sorry, we were unable to deliver your message to the following address.

<{{to}}>:
552: 1 Requested mail action aborted, mailbox not found

--- Below this line is a copy of the message.

{_COPY}""",
    "in german": f"""From: Postmaster <postmaster@client.example>
To: pay@harborfinch.example
Subject: Unzustellbar: Payment request
{_PARTS}
--b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: base64

SWhyZSBOYWNocmljaHQga29ubnRlIG5pY2h0IHp1Z2VzdGVsbHQgd2VyZGVuLg==
--b
Content-Type: message/delivery-status

Final-Recipient: rfc822;{{to}}
Action: failed
Status: 5.2.2

--b
Content-Type: message/rfc822

{_COPY}
--b--
""",
    "only a header says it": """From: Robot <robot@client.example>
To: pay@harborfinch.example
X-Failed-Recipients: {to}
Subject: Nachricht zurück
In-Reply-To: <{id}>

Das ging nicht.
""",
}

DELAYED = {
    "standard delay": standard("4.2.2", "452 4.2.2 Mailbox full", "delayed", "Delayed Mail (still being retried)"),
    "gmail delay": f"""{_DAEMON}Subject: Delivery Status Notification (Delay)
References: <{{id}}>
Content-Type: text/plain

THIS IS A WARNING MESSAGE ONLY.

Delivery to the following recipient has been delayed:

     {{to}}

Message will be retried for 2 more day(s)
""",
    "exim delay": f"""{_DAEMON}Subject: Warning: message 1abc delayed 24 hours
References: <{{id}}>

The message has not yet been delivered to one or more of its recipients:

  {{to}}

No action is required on your part. Delivery attempts will continue for some time.
""",
    "exchange delay": """From: postmaster@client.example
To: pay@harborfinch.example
Subject: Delivery delayed: Payment request
In-Reply-To: <{id}>
Content-Type: text/plain

Delivery is delayed to these recipients or groups:

{to}

This message hasn't been delivered yet. Delivery will continue to be attempted.
""",
    "sendmail delay": f"""{_DAEMON}Subject: Warning: could not send message for past 4 hours
References: <{{id}}>

    **********************************************
    **      THIS IS A WARNING MESSAGE ONLY      **
    **  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **
    **********************************************

   ----- Transcript of session follows -----
<{{to}}>... Deferred: Connection timed out
Warning: message still undelivered after 4 hours
Will keep trying until message is 5 days old
""",
}

# Of absent people's programs, and what else comes back without being a bounce.
NO_BOUNCES = {
    "away, exchange": """Return-Path: <>
From: Jane Doe <{to}>
To: pay@harborfinch.example
Subject: Automatic reply: Payment request
In-Reply-To: <{id}>
X-Auto-Response-Suppress: All
Auto-Submitted: auto-generated

I have left the company, and your message could not be delivered to my successor. Mail to {to} is not read.
""",
    "away, in german": """Return-Path: <>
From: Jane Doe <{to}>
To: pay@harborfinch.example
Subject: Abwesenheitsnotiz: Payment request
References: <{id}>

Unknown user of this letter: I am away until Monday. It will not be delivered to anybody else.
""",
    "away, vacation": """Return-Path: <>
From: {to}
To: pay@harborfinch.example
Subject: Re: Payment request
Auto-Submitted: auto-replied (vacation)
In-Reply-To: <{id}>

Letters cannot be delivered to my desk this week.
""",
    "read": """From: Jane Doe <{to}>
To: pay@harborfinch.example
Subject: Not read: Payment request
MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification; boundary=b

--b
Content-Type: text/plain

Your message to {to} was deleted without being read; it did not reach anybody.
--b
Content-Type: message/disposition-notification

Final-Recipient: rfc822;{to}
Original-Message-ID: <{id}>
Disposition: automatic-action/MDN-sent-automatically; deleted
--b--
""",
    "called spam": """Return-Path: <>
From: feedback@mail.example
To: pay@harborfinch.example
Subject: complaint about a message
MIME-Version: 1.0
Content-Type: multipart/report; report-type="feedback-report"; boundary=b

--b
Content-Type: text/plain

This is an abuse report for a letter that was returned mail.
--b
Content-Type: message/feedback-report

Feedback-Type: abuse
Original-Rcpt-To: <{to}>
--b
Content-Type: message/rfc822

From: pay@harborfinch.example
To: {to}
Message-ID: <{id}>

Dear Jane
--b--
""",
}
