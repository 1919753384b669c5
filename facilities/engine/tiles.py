"""Names of floor tiles: letters across, numbers down."""

from __future__ import annotations

_LETTERS = 26


def column_number(letters: str) -> int:
    """The place of a column: A is 1, Z 26, AA 27."""
    found = 0
    for letter in letters:
        found = found * _LETTERS + ord(letter) - ord("A") + 1
    return found


def column_letters(number: int) -> str:
    """The name of a column by its place, from 1."""
    found = ""
    while number > 0:
        number, rest = divmod(number - 1, _LETTERS)
        found = chr(ord("A") + rest) + found
    return found


def tile_name(x: int, y: int, size: tuple[int, int], first: tuple[str, int] = ("A", 1)) -> str:
    """The name of the tile under a point, such as `C7`.

    x and y are in mm from the corner, `size` is a tile's width and depth in mm, `first` the column
    and row of the tile in the corner.
    """
    column = column_number(first[0]) + x // size[0]
    return f"{column_letters(column)}{first[1] + y // size[1]}"
