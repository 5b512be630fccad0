"""Shows tables, texts, links and images with the run: ``from goalkeeper import artifact``.

What is wrong with their content fails nothing: what is too long is cut, and an image that is too large is left out and
counted. See docs/guide/artifacts.md.
"""

from __future__ import annotations

import json
from typing import Any, Iterable, Mapping

from .tell import tell_raw

_BYTES = 44 * 1024
_MARKDOWN = 16_000
_LEFT_OUT = "data:,"


def table(name: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """A row for each mapping, a column for each key: up to 44 KiB. The rows beyond are counted."""
    given = [dict(row) for row in rows]
    columns = list({str(column): None for row in given[:1000] for column in row})
    kept: list[list[Any]] = []
    left = _BYTES - len(_json([name, columns]))
    for row in given:
        cells = [_cell(row.get(column)) for column in columns]
        left -= len(_json(cells)) + 2
        if left < 0:
            break
        kept.append(cells)
    _tell({"kind": "table", "name": name, "columns": columns, "rows": kept, "more": len(given) - len(kept)})


def markdown(name: str, text: str) -> None:
    """A text in Markdown, up to 16,000 characters. HTML in it is text."""
    shown = text if len(text) <= _MARKDOWN else f"{text[: _MARKDOWN - 40]}… ({len(text)} characters)"
    _tell({"kind": "markdown", "name": name, "text": shown})


def link(name: str, address: str) -> None:
    """A link. An address that is not of the web shows as text."""
    _tell({"kind": "link", "name": name, "address": address[:2000]})


def image(name: str, address: str) -> None:
    """An image as a ``data:`` address in base64 (PNG, JPEG, GIF or WebP), up to 48 KiB; or the address where it is."""
    fits = len(address) <= (48 * 1024 if address.startswith("data:") else 2000)
    _tell({"kind": "image", "name": name, "address": address if fits else _LEFT_OUT})


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if value - value == 0 else str(value)
    return (value if isinstance(value, str) else str(value))[:500]


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode(errors="replace")


def _tell(artifact: dict[str, Any]) -> None:
    tell_raw(_json({"goalkeeper": 1, "artifact": artifact}))
