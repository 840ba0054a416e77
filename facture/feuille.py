"""A user's YAML file edited by lines, so that its comments, its order and its layout stay as they were written.

Why lines and not a dump: these files are written and commented by people, and read in the diffs of git. Each edit is
read again at once, and what the file then says is compared with what it had to say; a file laid out in a way that
does not survive this is refused, never mangled.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from facture.errors import Chemin, Position, RefusError, UsageError
from facture.source import Liste, Noeud, Table, Texte, find_node, parse

_LINE_END = re.compile(r"\r\n|\r|\n")
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'")
_COMMENT = re.compile(r"\s+#.*$")
_BOM = b"\xef\xbb\xbf"
_PAIRS = {"{": "}", "[": "]"}
_CHARACTERS = frozenset({"Y101", "Y103"})
"""Codes that say that a character is refused wherever it stands."""


@dataclass(frozen=True, slots=True)
class Ecriture:
    """A file to write.

    Why not written where it is planned: the command shows it, or writes it, in the order given, so that an
    interruption leaves the earlier files whole and the later ones as they were.
    """

    chemin: Path
    octets: bytes


class Feuille:
    """A YAML file whose root is a group of keys, one a line, open for edits.

    Every edit keeps the comments, the order of the keys, the line ends and the quotes of what it does not touch. It
    also notes what the file must say from then on, and is verified at once: either the file reads back as exactly
    that, or the edit is refused. After a refusal the sheet is worth nothing; the file has not been touched.

    Example:
        sheet = Feuille(data, "devis/dupont.yaml")
        sheet.set_at(("promesses", 1, "statut"), "tenue")
        sheet.append_at(("promesses", 1, "historique"), {"pour": "2026-12-15", "le": "2026-12-10"})
        data = sheet.finish()

    Attributes:
        label: the file's name, as messages say it.
        root: its nodes, as they read after the last edit.
        expected: what it must say, as plain data; an empty value is None.
    """

    def __init__(self, data: bytes, label: str) -> None:
        """Open a file.

        Args:
            data: its bytes, UTF-8, with or without a byte order mark.
            label: its name.

        Raises: RefusError when it is not sound YAML; UsageError when its root is not one key a line.
        """
        self.label = label
        self.root = _parse(data, label)
        text = data.decode("utf-8-sig")
        self.mark = _BOM if data.startswith(_BOM) else b""
        self.newline = "\r\n" if "\r\n" in text else "\n"
        self.lines = _LINE_END.split(text)
        if not self.lines[-1]:
            self.lines.pop()
        plain = to_plain(self.root)
        self.expected: dict[str, Any] = plain if isinstance(plain, dict) else {}
        starts = [place.line for place in self.root.keys.values()]
        if len(set(starts)) < len(starts) or self._char(self.root.position) == "{":
            raise self._refuse()
        self.indent = " " * (self.root.position.column - 1)

    def finish(self) -> bytes:
        """Return the file's bytes, with its own line ends."""
        return self.mark + to_bytes(self.lines).replace(b"\n", self.newline.encode())

    # --- keys of the root ---

    def set(self, key: str, value: str, after: str = "") -> None:
        """Give a value, already quoted, to a key of the root; a new key goes after another one, or last.

        Raises: UsageError when the file cannot be edited without risk.
        """
        node = self.root.entries.get(key)
        if node is not None:
            self._replace_scalar(node, value)
        else:
            end = self._span(after)[1] if after in self.root.keys else self._end()
            self.lines.insert(end, f"{self.indent}{key}: {value}")
        self.expected[key] = _unquote(value)
        self._verify()

    def set_block(self, key: str, text: str) -> None:
        """Give a text of several lines to a key of the root.

        Raises: UsageError when the file cannot be edited without risk.
        """
        start, end = self._span(key) if key in self.root.keys else (self._end(), self._end())
        comment = (
            _COMMENT.search(self.lines[start]) if start < end and re.search(r":\s*[|>]", self.lines[start]) else None
        )
        head, *content = dump_block(key, text, self.indent)
        self.lines[start:end] = [head + (comment.group() if comment else ""), *content]
        self.expected[key] = "".join(line.removeprefix(f"{self.indent}  ") + "\n" for line in content)
        self._verify()

    def extend(self, key: str, items: list[Any]) -> None:
        """Add items to a list of the root, which may not be there yet.

        Raises: UsageError when the file cannot be edited without risk.
        """
        items = [item for item in map(_clean, items) if item]
        node = self.root.entries.get(key)
        if not items:
            return
        if node is None:
            end = self._end()
            self.lines[end:end] = dump_list(key, items, self.indent)
        elif isinstance(node, Texte):
            self._replace_scalar(node, dump_flow([node.value, *items]))
        elif not isinstance(node, Liste):
            raise self._refuse()
        elif self._char(node.position) == "-":
            end = self._span(key)[1]
            self.lines[end:end] = _dump_items(items, " " * (node.position.column - 1))
        else:
            self._extend_flow(key, node, items)
        former = self.expected.get(key, [])
        self.expected[key] = [*(former if isinstance(former, list) else [former]), *items]
        self._verify()

    def replace(self, key: str, items: list[Any]) -> None:
        """Write a list of the root anew.

        Raises: UsageError when the file cannot be edited without risk.
        """
        items = [_clean(item) for item in items]
        start, end = self._span(key)
        self.lines[start:end] = dump_list(key, items, self.indent)
        self.expected[key] = items
        self._verify()

    # --- anywhere ---

    def set_at(self, chemin: Chemin, value: str) -> None:
        """Give a text to a key, wherever its group stands and however it is written: one key a line, or `{…}`.

        Args:
            chemin: `("promesses", 1, "statut")`; all but the last step must be there. A new key comes last of its
                group.
            value: the text, not quoted; it is written on one line.

        Raises: UsageError when the group is not there, or the file cannot be edited without risk.
        """
        value = one_line(value)
        node = find_node(self.root, chemin)
        if node is None:
            self._add_key(chemin, quote(value, flow=True), [f"{chemin[-1]}: {quote(value)}"])
        else:
            holder = find_node(self.root, chemin[:-1])
            in_flow = holder is not None and self._char(holder.position) in _PAIRS
            # A value that was between quotes for its own sake need not be so for the next one.
            self._replace_scalar(node, quote(value, flow=in_flow))
        self._expect(chemin, value)
        self._verify()

    def append_at(self, chemin: Chemin, item: Mapping[str, str | None]) -> None:
        """Add a group of keys at the end of a list, wherever it stands; a list that is not there is made.

        Args:
            chemin: `("promesses", 1, "historique")`; all but the last step must be there.
            item: texts by key, not quoted, in their order; a key with None is left out.

        Raises: UsageError when the group is not there, or the file cannot be edited without risk.
        """
        added = _clean(item)
        node = find_node(self.root, chemin)
        flow = dump_flow(added)
        if node is None:
            self._add_key(chemin, f"[{flow}]", [f"{chemin[-1]}:", f"  - {flow}"])
            self._expect(chemin, [added])
        else:
            if not isinstance(node, Liste):
                raise self._refuse()
            if self._char(node.position) == "-":
                last = node.items[-1]
                margin = " " * (node.position.column - 1)
                # A new item looks like its elders: one key a line, or all of them between braces.
                in_block = isinstance(last, Table) and self._char(last.position) != "{"
                new = _dump_items([added], margin) if in_block else [f"{margin}- {flow}"]
                end = self._find_end(chemin, node.position.column - 1)
                self.lines[end:end] = new
            else:
                self._insert_in_flow(node, flow)
            self._expect(chemin, [*self._expected_at(chemin), added])
        self._verify()

    def _add_key(self, chemin: Chemin, flow: str, block: Sequence[str]) -> None:
        """Write a new key last of its group: its value for a group between braces, its lines for the other kind."""
        holder = find_node(self.root, chemin[:-1])
        if not isinstance(holder, Table):
            raise self._refuse()
        if self._char(holder.position) == "{":
            self._insert_in_flow(holder, f"{chemin[-1]}: {flow}")
            return
        column = holder.position.column - 1
        end = self._find_end(chemin[:-1], column - 1)
        self.lines[end:end] = [" " * column + line for line in block]

    def _find_end(self, chemin: Chemin, column: int) -> int:
        """Return the index after the last line of a block: before what follows it, or follows what holds it.

        Args:
            column: comments that start there or before belong to what follows.
        """
        end = len(self.lines)
        node: Noeud = self.root
        for step in chemin:
            if isinstance(node, Table) and isinstance(step, str):
                start = node.keys[step].line
                later = [place.line - 1 for place in node.keys.values() if place.line > start]
                node = node.entries[step]
            elif isinstance(node, Liste) and isinstance(step, int):
                later = [self._find_dash(node, item) for item in node.items[step + 1 : step + 2]]
                node = node.items[step]
            else:
                raise self._refuse()
            end = min([end, *later])
        return self._trim(end, column)

    def _find_dash(self, sequence: Liste, item: Noeud) -> int:
        """Return the index of the line of an item's dash, which may stand above it."""
        column = sequence.position.column - 1
        for number in range(item.position.line - 1, sequence.position.line - 2, -1):
            line = self.lines[number]
            if line[column : column + 1] == "-" and not line[:column].strip(" -"):
                return number
        raise self._refuse()

    def _insert_in_flow(self, node: Table | Liste, text: str) -> None:
        """Add an entry before the bracket that closes a group or a list."""
        number, column = self._find_closing(node.position)
        line = self.lines[number]
        before = line[:column].rstrip()
        if not before:
            # The bracket stands alone on its line: the entry goes before it, and keeps its margin.
            before = line[:column]
        last = self._find_last(node.position, (number, column))
        comma = "" if last in "[{," else ", "
        self.lines[number] = f"{before}{comma}{text}{line[column:]}"

    def _find_closing(self, position: Position) -> tuple[int, int]:
        """Return the line and the column, from 0, of the bracket that closes the one at a position."""
        opened: list[str] = []
        for number, column, sign in self._iter_signs(position):
            if sign in _PAIRS:
                opened.append(_PAIRS[sign])
            elif opened and sign == opened[-1]:
                opened.pop()
                if not opened:
                    return number, column
        raise self._refuse()

    def _find_last(self, position: Position, closing: tuple[int, int]) -> str:
        """Return the last character before the bracket at `closing` that is neither blank nor comment."""
        last = ""
        for number, column, sign in self._iter_signs(position):
            if (number, column) == closing:
                break
            last = sign
        return last

    def _iter_signs(self, position: Position) -> Iterator[tuple[int, int, str]]:
        """Yield the line, the column and the value of each character from a bracket on that YAML itself reads.

        Blanks and comments are left out, and a text between quotes counts for its last quote.
        """
        previous = ""
        column = position.column - 1
        for number in range(position.line - 1, len(self.lines)):
            line = self.lines[number]
            while column < len(line):
                sign = line[column]
                if sign == "#" and (column == 0 or line[column - 1].isspace()):
                    break
                # A quote opens a text only where a text may start: « l'avance » holds an apostrophe.
                if sign in "\"'" and previous in ("", "[", "{", ",", ":"):
                    quoted = _QUOTED.match(line, column)
                    if quoted is None:
                        # A text between quotes that runs over two lines.
                        raise self._refuse()
                    column = quoted.end() - 1
                    sign = line[column]
                if not sign.isspace():
                    yield number, column, sign
                    previous = sign
                column += 1
            column = 0

    def _expected_at(self, chemin: Chemin) -> Any:
        data: Any = self.expected
        for step in chemin:
            data = data[step]
        return data

    def _expect(self, chemin: Chemin, value: Any) -> None:
        self._expected_at(chemin[:-1])[chemin[-1]] = value

    # --- lines ---

    def _extend_flow(self, key: str, node: Liste, items: list[Any]) -> None:
        """Add items to `[…]`: groups on one line become a list with one key a line, anything else stays as it is."""
        start, end = self._span(key)
        if end - start == 1 and isinstance(items[0], dict):
            tail = self.lines[start].rpartition("]")[2]
            listed = dump_list(key, [*self.expected[key], *items], self.indent)
            self.lines[start:end] = [listed[0] + (tail if _COMMENT.fullmatch(tail) else ""), *listed[1:]]
        else:
            self._insert_in_flow(node, dump_flow(items)[1:-1])

    def _replace_scalar(self, node: Noeud, value: str) -> None:
        if not isinstance(node, Texte) or node.block is not None:
            raise self._refuse()
        number, column = node.position.line - 1, node.position.column - 1
        line = self.lines[number]
        quoted = _QUOTED.match(line, column) if node.quoted else None
        length = len(quoted.group()) if quoted else len(node.value)
        self.lines[number] = line[:column] + value + line[column + length :]

    def _span(self, key: str) -> tuple[int, int]:
        """Return the lines of a key of the root and of its value: index of the first, index after the last."""
        start = self.root.keys[key].line - 1
        later = [place.line - 1 for place in self.root.keys.values() if place.line - 1 > start]
        return start, self._trim(min(later, default=len(self.lines)), len(self.indent))

    def _trim(self, end: int, column: int) -> int:
        """Step back over what belongs to the lines below: blanks, comments that start at a column or before it."""
        while end > 0:
            line = self.lines[end - 1]
            bare = line.lstrip()
            if bare and not (bare[0] == "#" and len(line) - len(bare) <= column) and line not in ("...", "---"):
                break
            end -= 1
        return end

    def _end(self) -> int:
        return self._span(max(self.root.keys, key=lambda key: self.root.keys[key].line))[1]

    def _char(self, position: Position) -> str:
        return self.lines[position.line - 1][position.column - 1 : position.column]

    def _verify(self) -> None:
        try:
            self.root = _parse(to_bytes(self.lines), self.label)
        except RefusError as error:
            if any(found.code in _CHARACTERS for found in error.diagnostics):
                # The text that was given cannot be in any file.
                raise
            # What is wrong is our edit, which nobody will ever see: its line would tell the user nothing.
            raise self._refuse() from error
        if to_plain(self.root) != self.expected:
            raise self._refuse()

    def _refuse(self) -> UsageError:
        return UsageError(
            f"{self.label} : ce fichier est écrit d'une façon que facture ne sait pas modifier sans risque ; "
            "mettez une clé par ligne"
        )


def _parse(data: bytes, label: str) -> Table:
    root, findings = parse(data, label)
    if root is None or any(found.is_error for found in findings):
        raise RefusError(findings)
    return root


def to_plain(node: Noeud) -> Any:
    """Return nodes as plain data: texts as typed, an empty value as None."""
    if isinstance(node, Texte):
        return None if node.nul else node.value
    if isinstance(node, Liste):
        return [to_plain(item) for item in node.items]
    return {key: to_plain(item) for key, item in node.entries.items()}


# --- Writing YAML ----------------------------------------------------------------------------------------------------


def _clean(item: Any) -> Any:
    """Return an item as it is written: texts on one line, without the keys that say nothing."""
    if isinstance(item, Mapping):
        return {key: _clean(value) for key, value in item.items() if value is not None}
    return [_clean(part) for part in item] if isinstance(item, list) else one_line(str(item))


def one_line(text: str) -> str:
    """Return a text on one line, its blanks made single spaces; a no-break space is French typography, and stays."""
    return re.sub(r"[^\S\u00a0\u202f]+", " ", text).strip()


def dump_block(key: str, text: str, indent: str) -> list[str]:
    """Return the lines of a key whose value is a text of several lines."""
    lines = [line.rstrip() for line in _LINE_END.split(text.strip())]
    return [f"{indent}{key}: |", *(f"{indent}  {line}" if line else "" for line in lines)]


def dump_list(key: str, items: list[Any], indent: str) -> list[str]:
    """Return the lines of a key whose value is a list: of texts between brackets, of groups with one key a line."""
    items = [_clean(item) for item in items]
    if not any(isinstance(item, dict) for item in items):
        return [f"{indent}{key}: {dump_flow(items)}"]
    return [f"{indent}{key}:", *_dump_items(items, f"{indent}  ")]


def _dump_items(items: list[Any], indent: str) -> list[str]:
    lines: list[str] = []
    for item in items:
        if isinstance(item, dict):
            pairs = [
                f"{key}: {dump_flow(value) if isinstance(value, list) else quote(value)}" for key, value in item.items()
            ]
            lines += [f"{indent}{'  ' if rank else '- '}{pair}" for rank, pair in enumerate(pairs)]
        else:
            lines.append(f"{indent}- {quote(item)}")
    return lines


def dump_flow(value: Any) -> str:
    """Return a text, a list or a group of keys as YAML on one line, inside brackets or braces."""
    if isinstance(value, list):
        return f"[{', '.join(dump_flow(item) for item in value)}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {dump_flow(item)}" for key, item in value.items()) + "}"
    return quote(value, flow=True)


def quote(text: str, *, flow: bool = False) -> str:
    """Return a text as a YAML scalar on one line, between quotes only when it needs them.

    Args:
        flow: it will stand inside brackets or braces, where more signs need quotes.
    """
    text = one_line(text)
    plain = (
        text not in ("", "~", "null", "Null", "NULL", "<<")
        and text[0] not in "-?:,[]{}#&*!|>'\"%@`="
        and ": " not in text
        and " #" not in text
        and not text.endswith(":")
        # A question mark inside braces stops some readers of YAML, though not ours.
        and not (flow and any(sign in text for sign in ",[]{}?"))
    )
    return text if plain else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


_LONGEST_FLOW = 100


def dump_keys(data: Mapping[str, Any], indent: str = "") -> list[str]:
    """Return the lines of a new file, or of a group inside one: texts, groups and lists, exactly as they are.

    A short group of texts stands on its line between braces, a longer one has one key a line.

    Args:
        data: texts, lists and groups by key; a key with None, an empty group or an empty list is left out.
    """
    lines: list[str] = []
    for key, value in data.items():
        if value is None or value in ({}, []):
            continue
        if isinstance(value, str):
            lines.append(f"{indent}{key}: {_quote_exactly(value)}")
            continue
        flow = f"{indent}{key}: {_dump_exactly(value)}"
        if isinstance(value, Mapping) and len(flow) > _LONGEST_FLOW:
            lines += [f"{indent}{key}:", *dump_keys(value, f"{indent}  ")]
        elif isinstance(value, list) and len(flow) > _LONGEST_FLOW:
            lines += [f"{indent}{key}:", *(f"{indent}  - {_dump_exactly(item)}" for item in value)]
        else:
            lines.append(flow)
    return lines


def _dump_exactly(value: Any) -> str:
    if isinstance(value, Mapping):
        kept = {key: item for key, item in value.items() if item is not None}
        return "{" + ", ".join(f"{key}: {_dump_exactly(item)}" for key, item in kept.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(_dump_exactly(item) for item in value)}]"
    return _quote_exactly(value, flow=True)


def _quote_exactly(text: str, *, flow: bool = False) -> str:
    """Return a text as a YAML scalar that keeps its line breaks and its blanks."""
    if one_line(text) == text:
        return quote(text, flow=flow)
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def _unquote(value: str) -> str:
    return value[1:-1].replace('\\"', '"').replace("\\\\", "\\") if value[:1] == '"' else value


def to_bytes(lines: Sequence[str]) -> bytes:
    """Return lines as the bytes of a file.

    Half a character, from a shell set to another encoding, is then refused by the reader as what it is: not UTF-8.
    """
    return ("\n".join(lines) + "\n").encode("utf-8", "surrogatepass")
