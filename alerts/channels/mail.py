"""Mail through the operator's server."""

from __future__ import annotations

import smtplib

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email

from alerts.channels.message import Failed, Message
from alerts.models import Channel

MOST = 100


def recipients(channel: Channel) -> list[str]:
    """The addresses of a channel."""
    return [part.strip() for part in channel.address.replace(";", ",").split(",") if part.strip()]


def faults(channel: Channel) -> dict[str, list[str]]:
    """What is wrong with the addresses."""
    found = recipients(channel)
    if not found:
        return {"address": ["Enter at least one mail address."]}
    if len(found) > MOST:
        return {"address": [f"Enter at most {MOST} mail addresses."]}
    for each in found:
        try:
            validate_email(each)
        except ValidationError:
            return {"address": [f"{each[:100]} is no mail address."]}
    return {}


def send(channel: Channel, message: Message) -> None:
    """Send one mail to all addresses; raises Failed.

    The message's key is in `Message-ID`, so a mail that comes twice is shown once.
    """
    if not settings.EMAIL_HOST:
        raise Failed("No mail server is set up: set EMAIL_HOST.", permanent=True)
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2] or "headroom"
    made = EmailMessage(
        subject=message.title.replace("\n", " "),
        body=message.text,
        to=recipients(channel),
        headers={"Message-ID": f"<{message.key}@{domain}>", "Auto-Submitted": "auto-generated"},
    )
    try:
        made.send()
    except smtplib.SMTPResponseException as error:
        said = error.smtp_error
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        sentence = f"The mail server answered {error.smtp_code}: {text}"
        raise Failed(sentence, permanent=error.smtp_code >= 500) from error
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        permanent = all(code >= 500 for code in codes)
        raise Failed("The mail server refused the addresses.", permanent=permanent) from error
    except (smtplib.SMTPException, OSError) as error:
        raise Failed(f"The mail server cannot be reached: {error}") from error
