"""The second factor of people who log in with a password: a code of their phone, or a spare one."""

from __future__ import annotations

import base64

import segno
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django_otp import devices_for_user, match_token, user_has_device
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from core.models import User

ISSUER = "Headroom"
RECOVERY_CODES = 10


def has(user: User) -> bool:
    """Whether the user has set up a second factor."""
    return bool(user_has_device(user))


def required(user: User) -> bool:
    """Whether the settings ask this user for a second factor."""
    wanted = settings.REQUIRE_SECOND_FACTOR
    return wanted == "everyone" or (wanted == "administrators" and user.is_superuser)


def verify(user: User, code: str) -> None:
    """Accept a code once; raises ValidationError for a wrong one, or one that came too soon.

    Each wrong code doubles the time in which no other is looked at, from one second on.
    """
    if match_token(user, code.replace(" ", "").strip().lower()) is not None:
        return
    allowed = [device.verify_is_allowed()[0] for device in devices_for_user(user)]
    if any(allowed):
        raise ValidationError("That code is wrong, or it has been used.")
    raise ValidationError(
        "That code is wrong. After several wrong codes the next is looked at only after a while: "
        "wait a minute, then try again."
    )


def begin(user: User) -> TOTPDevice:
    """The device being set up, with a key of its own; the same one until it is confirmed."""
    device = TOTPDevice.objects.filter(user=user, confirmed=False).order_by("pk").first()
    return device or TOTPDevice.objects.create(user=user, name="phone", confirmed=False)


def key_text(device: TOTPDevice) -> str:
    """The key in base32, for people who type it."""
    return base64.b32encode(device.bin_key).decode().rstrip("=")


def picture(device: TOTPDevice) -> str:
    """The QR code of the device as a `data:` address of an SVG image."""
    return str(segno.make(device.config_url).svg_data_uri(scale=4, border=2, light="#fff"))


@transaction.atomic
def confirm(user: User, code: str) -> list[str]:
    """Take the device that was begun into use; returns the recovery codes, shown this once.

    Raises ValidationError when the code is not of that device.
    """
    device = begin(user)
    if not device.verify_token(code.replace(" ", "").strip()):
        raise ValidationError("That code is not of this key. Check the clock of your phone.")
    TOTPDevice.objects.filter(user=user, confirmed=True).delete()
    device.confirmed = True
    device.save()
    return renew_recovery_codes(user)


@transaction.atomic
def renew_recovery_codes(user: User) -> list[str]:
    """New recovery codes in place of the old ones; each works once."""
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="recovery codes")
    codes = [StaticToken.random_token() for _ in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=code) for code in codes)
    return codes


def codes_left(user: User) -> int:
    """How many recovery codes have not been used."""
    left: int = StaticToken.objects.filter(device__user=user).count()
    return left


@transaction.atomic
def remove(user: User) -> None:
    """Take every second factor of the user away."""
    TOTPDevice.objects.filter(user=user).delete()
    StaticDevice.objects.filter(user=user).delete()
