"""The short lists of choices."""

from __future__ import annotations

from django.db import models


class SubdeviceRole(models.TextChoices):
    """Whether devices of a type hold or are held in device bays."""

    PARENT = "parent", "Parent"
    CHILD = "child", "Child"


class Airflow(models.TextChoices):
    """Which way a device moves air."""

    FRONT_TO_REAR = "front-to-rear", "Front to rear"
    REAR_TO_FRONT = "rear-to-front", "Rear to front"
    LEFT_TO_RIGHT = "left-to-right", "Left to right"
    RIGHT_TO_LEFT = "right-to-left", "Right to left"
    SIDE_TO_REAR = "side-to-rear", "Side to rear"
    REAR_TO_SIDE = "rear-to-side", "Rear to side"
    BOTTOM_TO_TOP = "bottom-to-top", "Bottom to top"
    TOP_TO_BOTTOM = "top-to-bottom", "Top to bottom"
    PASSIVE = "passive", "Passive"
    MIXED = "mixed", "Mixed"


class ModuleAirflow(models.TextChoices):
    """Which way a module moves air."""

    FRONT_TO_REAR = "front-to-rear", "Front to rear"
    REAR_TO_FRONT = "rear-to-front", "Rear to front"
    LEFT_TO_RIGHT = "left-to-right", "Left to right"
    RIGHT_TO_LEFT = "right-to-left", "Right to left"
    SIDE_TO_REAR = "side-to-rear", "Side to rear"
    PASSIVE = "passive", "Passive"


class Face(models.TextChoices):
    """The side of a rack a device is mounted on."""

    FRONT = "front", "Front"
    REAR = "rear", "Rear"


class DeviceStatus(models.TextChoices):
    """Where a device is in its life."""

    OFFLINE = "offline", "Offline"
    ACTIVE = "active", "Active"
    PLANNED = "planned", "Planned"
    STAGED = "staged", "Staged"
    FAILED = "failed", "Failed"
    INVENTORY = "inventory", "Inventory"
    DECOMMISSIONING = "decommissioning", "Decommissioning"


class ModuleStatus(models.TextChoices):
    """Where a module is in its life."""

    OFFLINE = "offline", "Offline"
    ACTIVE = "active", "Active"
    PLANNED = "planned", "Planned"
    STAGED = "staged", "Staged"
    FAILED = "failed", "Failed"
    DECOMMISSIONING = "decommissioning", "Decommissioning"


class InventoryItemStatus(models.TextChoices):
    """Where a part is in its life."""

    OFFLINE = "offline", "Offline"
    ACTIVE = "active", "Active"
    PLANNED = "planned", "Planned"
    STAGED = "staged", "Staged"
    FAILED = "failed", "Failed"
    DECOMMISSIONING = "decommissioning", "Decommissioning"


class VirtualDeviceContextStatus(models.TextChoices):
    """Whether a virtual device context runs."""

    ACTIVE = "active", "Active"
    PLANNED = "planned", "Planned"
    OFFLINE = "offline", "Offline"


class ConsolePortType(models.TextChoices):
    """The connector of a console port."""

    DE_9 = "de-9", "DE-9"
    DB_25 = "db-25", "DB-25"
    RJ_11 = "rj-11", "RJ-11"
    RJ_12 = "rj-12", "RJ-12"
    RJ_45 = "rj-45", "RJ-45"
    MINI_DIN_8 = "mini-din-8", "Mini-DIN 8"
    USB_A = "usb-a", "USB type A"
    USB_B = "usb-b", "USB type B"
    USB_C = "usb-c", "USB type C"
    USB_MINI_A = "usb-mini-a", "USB mini A"
    USB_MINI_B = "usb-mini-b", "USB mini B"
    USB_MICRO_A = "usb-micro-a", "USB micro A"
    USB_MICRO_B = "usb-micro-b", "USB micro B"
    USB_MICRO_AB = "usb-micro-ab", "USB micro AB"
    OTHER = "other", "Other"


class ConsolePortSpeed(models.IntegerChoices):
    """The speed of a serial line."""

    B1200 = 1200, "1200 bps"
    B2400 = 2400, "2400 bps"
    B4800 = 4800, "4800 bps"
    B9600 = 9600, "9600 bps"
    B19200 = 19200, "19.2 kbps"
    B38400 = 38400, "38.4 kbps"
    B57600 = 57600, "57.6 kbps"
    B115200 = 115200, "115.2 kbps"


class FeedLeg(models.TextChoices):
    """The phase an outlet draws from."""

    A = "A", "A"
    B = "B", "B"
    C = "C", "C"


class PowerOutletStatus(models.TextChoices):
    """Whether an outlet gives power."""

    ENABLED = "enabled", "Enabled"
    DISABLED = "disabled", "Disabled"
    FAULTY = "faulty", "Faulty"


class Duplex(models.TextChoices):
    """How an interface shares its line."""

    HALF = "half", "Half"
    FULL = "full", "Full"
    AUTO = "auto", "Auto"


class InterfaceMode(models.TextChoices):
    """How an interface treats VLAN tags (IEEE 802.1Q)."""

    ACCESS = "access", "Access"
    TAGGED = "tagged", "Tagged"
    TAGGED_ALL = "tagged-all", "Tagged (all)"
    Q_IN_Q = "q-in-q", "Q-in-Q (802.1ad)"


class PoEMode(models.TextChoices):
    """Whether an interface takes or gives power."""

    PD = "pd", "PD"
    PSE = "pse", "PSE"


class PoEType(models.TextChoices):
    """The standard of power over Ethernet."""

    TYPE_1 = "type1-ieee802.3af", "802.3af (Type 1)"
    TYPE_2 = "type2-ieee802.3at", "802.3at (Type 2)"
    TYPE_3 = "type3-ieee802.3bt", "802.3bt (Type 3)"
    TYPE_4 = "type4-ieee802.3bt", "802.3bt (Type 4)"
    PASSIVE_24V_2 = "passive-24v-2pair", "Passive 24 V (2-pair)"
    PASSIVE_24V_4 = "passive-24v-4pair", "Passive 24 V (4-pair)"
    PASSIVE_48V_2 = "passive-48v-2pair", "Passive 48 V (2-pair)"
    PASSIVE_48V_4 = "passive-48v-4pair", "Passive 48 V (4-pair)"


class WirelessRole(models.TextChoices):
    """What a radio is to its network."""

    AP = "ap", "Access point"
    STATION = "station", "Station"


class CableStatus(models.TextChoices):
    """Where a cable is in its life."""

    CONNECTED = "connected", "Connected"
    PLANNED = "planned", "Planned"
    DECOMMISSIONING = "decommissioning", "Decommissioning"


class CableEnd(models.TextChoices):
    """The two ends of a cable."""

    A = "A", "A"
    B = "B", "B"


class LengthUnit(models.TextChoices):
    """Units a length is given in."""

    KILOMETER = "km", "Kilometers"
    METER = "m", "Meters"
    CENTIMETER = "cm", "Centimeters"
    MILE = "mi", "Miles"
    FOOT = "ft", "Feet"
    INCH = "in", "Inches"
