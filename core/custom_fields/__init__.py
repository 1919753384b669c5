"""Custom fields: definitions, validation, and what reads and writes do with them.

Values lie in the JSON column `custom_field_data` of every record; an absent key is an unset value.
"""

PREFIX = "cf_"
