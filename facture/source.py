"""From bytes to located nodes: the only module that knows YAML and that opens a user's files.

Why our own nodes: a scalar must stay the text the user typed (`01000`, `NO`, `1.10`), and every node must know
its line and column, so that each later finding points at the right place. They are built from parser *events*, in
one loop without recursion, because that is what makes depth, aliases and size refusable before any of them costs
anything.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from facture.codes import CODES
from facture.errors import Chemin, Diagnostic, Position, RessourceError

MAX_OCTETS = 5_000_000
MAX_PROFONDEUR = 40
MAX_NOEUDS = 250_000

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# Characters that print as nothing, or that turn the text around them: an invoice that shows something else than its
# source holds is a fraud waiting to happen. Tab, line feed and carriage return are the only controls a text needs.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffc"
    "\U000e0000-\U000e007f]"
)
_LINE_END = re.compile(r"\r\n|\r|\n")
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_COMMA_TAIL = re.compile(r"^\d+(?:\s*%)?$")
_INTEGER = re.compile(r"^-?\d+$")


@dataclass(frozen=True, slots=True)
class Texte:
    """A scalar, as typed.

    Attributes:
        nul: an empty value, `~` or `null`.
        quoted: between quotes, or a block.
        block: place of the first character of a literal block (`|`), whose lines are those of the file.
        folded: a block (`>`) whose lines were joined, so that only its start is known.
    """

    position: Position
    value: str
    nul: bool = False
    quoted: bool = False
    block: Position | None = None
    folded: bool = False

    def character_position(self, index: int) -> Position:
        """Return where a character of the value stands.

        Why: exact for a text on one line and for a literal block, which is nearly all; in a folded or escaped text the
        start is said instead.
        """
        if self.block is not None:
            before = self.value[:index]
            line = before.count("\n")
            column = self.block.column + index - (before.rfind("\n") + 1)
            return Position(self.block.file, self.block.line + line, column)
        if self.folded or "\n" in self.value[: index + 1] or "\\" in self.value:
            return self.position
        return Position(self.position.file, self.position.line, self.position.column + index + self.quoted)


@dataclass(frozen=True, slots=True)
class Liste:
    """A YAML sequence."""

    position: Position
    items: tuple[Noeud, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A YAML mapping: its entries, and where each key stands."""

    position: Position
    entries: dict[str, Noeud] = field(default_factory=dict)
    keys: dict[str, Position] = field(default_factory=dict)

    def with_entry(self, key: str, node: Noeud, position: Position | None = None) -> Table:
        """Return a copy where `key` holds `node`."""
        return Table(
            self.position,
            {**self.entries, key: node},
            {**self.keys, key: position or self.keys.get(key) or node.position},
        )

    def without(self, key: str) -> Table:
        """Return a copy without `key`."""
        return Table(
            self.position,
            {name: node for name, node in self.entries.items() if name != key},
            {name: place for name, place in self.keys.items() if name != key},
        )


Noeud = Texte | Liste | Table


def read_bytes(path: Path, label: str) -> bytes:
    """Return the content of a user's file, at most `MAX_OCTETS` of it.

    Raises: RessourceError when the file is missing, is not a plain file, cannot be read, or is too large.
    """
    try:
        if not path.is_file():
            # A device or a pipe named in a YAML file could block for ever or never end.
            reason = "est un dossier" if path.is_dir() else "introuvable"
            raise RessourceError(f"{label} : {reason}")
        with path.open("rb") as stream:
            data = stream.read(MAX_OCTETS + 1)
    except (OSError, ValueError) as error:
        raise RessourceError(f"{label} : illisible ({describe_os_error(error)})") from error
    if len(data) > MAX_OCTETS:
        raise RessourceError(f"{label} : plus de {MAX_OCTETS // 1_000_000} Mo, fichier refusé")
    return data


def describe_os_error(error: Exception) -> str:
    """Return the reason of a system error in French words."""
    known = {
        "FileNotFoundError": "fichier introuvable",
        "PermissionError": "droits insuffisants",
        "IsADirectoryError": "c'est un dossier",
        "NotADirectoryError": "un des dossiers du chemin est un fichier",
        "FileExistsError": "le fichier existe déjà",
    }
    if isinstance(error, ValueError):
        return "nom de fichier invalide"
    number = getattr(error, "errno", None)
    by_number = {
        28: "disque plein",
        30: "disque en lecture seule",
        36: "nom trop long",
        40: "boucle de liens symboliques",
    }
    return known.get(type(error).__name__) or by_number.get(number or 0) or f"erreur système {number}"


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: temporary file beside it, fsync, rename.

    Raises: RessourceError when the folder cannot be made or written.
    """
    temporary = ""
    try:
        if path.exists() and not path.is_file():
            _write_special(path, data)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.", suffix=".tmp")
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        # mkstemp makes the file private; what a person writes follows the umask, or stays as private as it was.
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~umask)
        os.replace(temporary, path)
        temporary = ""
        _sync_folder(path.parent)
    except (OSError, ValueError) as error:
        raise RessourceError(f"{path} : écriture impossible ({describe_os_error(error)})") from error
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)


def _write_special(path: Path, data: bytes) -> None:
    """Write to a device such as /dev/null as it is: replacing it by a file would break the machine.

    Raises: RessourceError for a folder, a pipe or a socket.
    """
    if not path.is_char_device():
        raise RessourceError(f"{path} : écriture impossible (ce n'est pas un fichier)")
    with path.open("wb") as stream:
        stream.write(data)


def _sync_folder(folder: Path) -> None:
    """Make a rename durable; some file systems refuse to sync a folder, and that is no reason to fail."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)


def parse(data: bytes, file: str) -> tuple[Table | None, list[Diagnostic]]:
    """Read one YAML document.

    Args:
        data: the file's bytes.
        file: the name to show in diagnostics.

    Returns: its root mapping, as much as could be read (None when nothing could), and every finding (codes Y1xx).
    """
    text, findings = _decode(data, file)
    if text is None:
        return None, findings
    reader = _Lecteur(text, file)
    root = reader.read()
    return root, findings + reader.findings


def parse_scalar_or_flow(text: str, file: str) -> tuple[Noeud | None, list[Diagnostic]]:
    """Read the value of a `--set path=value`: a scalar, or a list or mapping written on one line."""
    # A shell set to another encoding hands over lone surrogates: put back as bytes, they are seen for what they are.
    cleaned, findings = _decode(text.encode("utf-8", "surrogateescape"), file)
    if cleaned is None:
        return None, findings
    if cleaned[:1] not in ("[", "{"):
        return Texte(Position(file), cleaned, nul=cleaned in _NULLS), findings
    reader = _Lecteur(cleaned, file)
    return reader.read_node(), findings + reader.findings


def walk(node: Noeud, path: Chemin = ()) -> Iterator[tuple[Chemin, Texte]]:
    """Yield every scalar below a node with its path."""
    if isinstance(node, Texte):
        yield path, node
    elif isinstance(node, Liste):
        for index, item in enumerate(node.items):
            yield from walk(item, (*path, index))
    else:
        for key, item in node.entries.items():
            yield from walk(item, (*path, key))


def find_node(root: Noeud, path: Chemin) -> Noeud | None:
    """Return the node at a path, or None."""
    node: Noeud = root
    for step in path:
        if isinstance(node, Table) and isinstance(step, str) and step in node.entries:
            node = node.entries[step]
        elif isinstance(node, Liste) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
        else:
            return None
    return node


def locate(root: Noeud, path: Chemin, *, at_key: bool = False) -> tuple[Position, Chemin]:
    """Return the position of a path, and the part of the path that the text really holds.

    Why: a model speaks of things the user did not type (`remise.taux` of `remise: 10 %`, names of alternatives).
    Walking the nodes and skipping what is not there always ends on something the user can see.
    """
    node: Noeud = root
    position = root.position
    reached: list[str | int] = []
    for index, step in enumerate(path):
        if isinstance(node, Table) and isinstance(step, str) and step in node.entries:
            wants_key = at_key and index == len(path) - 1
            position = node.keys[step] if wants_key else node.entries[step].position
            node = node.entries[step]
        elif isinstance(node, Liste) and isinstance(step, int) and 0 <= step < len(node.items):
            node = node.items[step]
            position = node.position
        else:
            continue
        reached.append(step)
    return position, tuple(reached)


def finding(code: str, message: str, position: Position, path: str = "", advice: str = "", law: str = "") -> Diagnostic:
    """Return a diagnostic; the advice and the law that its code carries stand in when none is given."""
    entry = CODES[code]
    return Diagnostic(code, message, position, path, entry.severity, advice or entry.advice, law or entry.law)


def _decode(data: bytes, file: str) -> tuple[str | None, list[Diagnostic]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        message = f"octet 0x{data[error.start]:02X} : ce fichier n'est pas en UTF-8"
        return None, [finding("Y101", message, Position(file, line, column))]
    found: list[Diagnostic] = []
    if _FORBIDDEN.search(text):
        for number, content in enumerate(_LINE_END.split(text), start=1):
            for match in _FORBIDDEN.finditer(content):
                message = f"caractère invisible ou de contrôle U+{ord(match.group()):04X}"
                found.append(finding("Y103", message, Position(file, number, match.start() + 1)))
                if len(found) == 20:
                    return None, found
    # With such a character inside, nothing that follows could be trusted to be what the user sees.
    return (None, found) if found else (text, found)


def _weigh(node: Texte) -> int:
    """Return how much a scalar counts: its characters too, or a long text aliased a thousand times would be free."""
    return 1 + len(node.value) // 200


class _Trop(Exception):
    """Reading must stop here: the finding has been recorded."""


@dataclass(slots=True)
class _Ouvert:
    """A collection being read."""

    position: Position
    is_table: bool
    is_flow: bool
    anchor: str | None
    items: list[Noeud] = field(default_factory=list)
    entries: dict[str, Noeud] = field(default_factory=dict)
    keys: dict[str, Position] = field(default_factory=dict)
    key: str | None = None
    key_position: Position | None = None
    skip_value: bool = False
    waiting_value: bool = False
    size: int = 1
    depth: int = 1


class _Lecteur:
    """Builds the nodes of one document from parser events."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.lines = _LINE_END.split(text)
        self.last_quoted: tuple[Position, int] | None = None
        self.file = file
        self.findings: list[Diagnostic] = []
        self.anchors: dict[str, tuple[Noeud, int, int]] = {}
        self.stack: list[_Ouvert] = []
        self.root: Noeud | None = None
        self.total = 0

    def read_node(self) -> Noeud | None:
        """Read one value; None when it cannot be."""
        try:
            self._read_events()
        except _Trop:
            return None
        except yaml.YAMLError as error:
            self._translate(error)
            return None
        return self.root

    def read(self) -> Table | None:
        """Read one document, whose root is a mapping; None when it cannot be."""
        self.read_node()
        if self.findings and self.root is None:
            return None
        if self.root is None or (isinstance(self.root, Texte) and self.root.nul):
            self._find("Y111", "fichier vide", Position(self.file))
            return None
        if not isinstance(self.root, Table):
            kind = "une liste" if isinstance(self.root, Liste) else "un texte seul"
            self._find("Y116", f"le fichier contient {kind}, pas des clés", self.root.position)
            return None
        return self.root

    def _find(self, code: str, message: str, position: Position, advice: str = "") -> None:
        self.findings.append(finding(code, message, position, advice=advice))

    def _place(self, mark: Any) -> Position:
        if mark.line >= len(self.lines):
            # The parser puts the end of a text on a line of its own, which nobody can go to.
            return Position(self.file, len(self.lines), len(self.lines[-1]) + 1)
        return Position(self.file, mark.line + 1, mark.column + 1)

    def _read_events(self) -> None:
        documents = 0
        loader = _Loader(self.text)
        try:
            while True:
                event = loader.get_event()
                kind = type(event)
                # Most events are scalars: they are looked for first.
                if kind is yaml.ScalarEvent:
                    if event.tag is not None:
                        self._refuse_tag(event)
                    self._read_scalar(event)
                elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                    if event.tag is not None:
                        self._refuse_tag(event)
                    self._open(event)
                elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                    self._close()
                elif kind is yaml.AliasEvent:
                    self._read_alias(event)
                elif kind is yaml.DocumentStartEvent:
                    documents += 1
                    if documents > 1:
                        place = self._place(event.start_mark)
                        self._find("Y108", "plusieurs documents dans un fichier (« --- »)", place)
                        raise _Trop
                elif kind is yaml.StreamEndEvent:
                    return
        finally:
            loader.dispose()

    def _refuse_tag(self, event: Any) -> None:
        self._find("Y106", f"étiquette YAML « {event.tag} » refusée", self._place(event.start_mark))

    def _read_alias(self, event: Any) -> None:
        position = self._place(event.start_mark)
        if event.anchor not in self.anchors:
            open_anchor = any(entry.anchor == event.anchor for entry in self.stack)
            what = "se contient elle-même" if open_anchor else "n'est définie nulle part"
            self._find("Y110", f"l'ancre « {event.anchor} » {what}", position)
            raise _Trop
        node, size, depth = self.anchors[event.anchor]
        if len(self.stack) + depth > MAX_PROFONDEUR:
            self._find("Y109", f"plus de {MAX_PROFONDEUR} niveaux une fois l'alias développé", position)
            raise _Trop
        self._add(node, position, size, depth, cost=size)

    def _read_scalar(self, event: Any) -> None:
        plain = not event.style
        position = self._place(event.start_mark)
        parent = self.stack[-1] if self.stack else None
        is_key = parent is not None and parent.is_table and not parent.waiting_value
        if plain and not is_key:
            self._check_comment(event, position)
        elif not plain and (hidden := _FORBIDDEN.search(event.value)):
            # "\\u202e" is six honest characters in the file, and one that is not once read.
            self._find("Y103", f"caractère invisible ou de contrôle U+{ord(hidden.group()):04X}", position)
        if not plain and event.end_mark.line > event.start_mark.line:
            self.last_quoted = (position, event.end_mark.line + 1)
        block = self._find_block(event) if event.style == "|" else None
        # Lines that were joined: a plain or a quoted text may run over several, like a folded block.
        joined = event.style != "|" and event.end_mark.line > event.start_mark.line
        node = Texte(position, event.value, plain and event.value in _NULLS, not plain, block, joined)
        if event.anchor:
            self.anchors[event.anchor] = (node, _weigh(node), 0)
        if is_key and parent is not None:
            self._read_key(parent, node, plain=plain)
        else:
            weight = _weigh(node)
            self._add(node, position, weight, 0, cost=weight)

    def _find_block(self, event: Any) -> Position | None:
        """Return where the text of a literal block starts; None when its first lines are blank or indented further."""
        first = event.start_mark.line + 1
        if first >= len(self.lines) or not self.lines[first].strip() or event.value[:1] in ("", " ", "\n"):
            return None
        indent = len(self.lines[first]) - len(self.lines[first].lstrip(" "))
        return Position(self.file, first + 1, indent + 1)

    def _check_comment(self, event: Any, position: Position) -> None:
        """Say it when `#` cut a text short: « Sprint #3 » is read as « Sprint »."""
        end = event.end_mark
        if end.line >= len(self.lines) or "#" not in self.lines[end.line]:
            return
        match = re.match(r"\s*(#[^\s#].*)$", self.lines[end.line][end.column :])
        if match is None:
            return
        lost = match.group(1).strip()
        if event.value:
            message = f"« {lost} » est lu comme un commentaire : il ne reste que « {event.value} »"
        else:
            message = f"« {lost} » est lu comme un commentaire : la valeur est vide"
            if event.start_mark.line == end.line:
                position = Position(self.file, end.line + 1, end.column + 1 + match.start(1))
        self._find("Y113", message, position)

    def _read_key(self, table: _Ouvert, node: Texte, *, plain: bool) -> None:
        table.waiting_value = True
        table.skip_value = False
        table.key, table.key_position = node.value, node.position
        if plain and node.value == "<<":
            self._find("Y107", "clé de fusion « << » refusée", node.position)
            table.skip_value = True
        elif node.nul:
            self._find("Y115", "clé vide", node.position)
            table.skip_value = True
        elif node.value in table.keys:
            first = table.keys[node.value]
            self._find("Y105", f"clé « {node.value} » en double, déjà à la ligne {first.line}", node.position)
            table.skip_value = True

    def _is_comma_tail(self, table: _Ouvert, key: str) -> bool:
        """Recognise `{taux: 5,5 %}`, which YAML reads as `taux: 5` and an empty key `5 %`, and mend it."""
        if not table.is_flow or not table.entries or not _COMMA_TAIL.match(key):
            return False
        name, last = next(reversed(table.entries.items()))
        if not (isinstance(last, Texte) and _INTEGER.match(last.value)):
            return False
        whole = f"{last.value},{key}"
        self._find(
            "Y112",
            f"« {whole} » : entre accolades, la virgule sépare deux clés",
            last.position,
            f'mettez « {whole} » entre guillemets : {name}: "{whole}"',
        )
        table.entries[name] = Texte(last.position, whole)
        return True

    def _open(self, event: Any) -> None:
        position = self._place(event.start_mark)
        parent = self.stack[-1] if self.stack else None
        if parent is not None and parent.is_table and not parent.waiting_value:
            self._find("Y115", "une clé doit être un texte, pas une liste ni un groupe de clés", position)
            raise _Trop
        if len(self.stack) >= MAX_PROFONDEUR:
            self._find("Y109", f"plus de {MAX_PROFONDEUR} niveaux imbriqués", position)
            raise _Trop
        is_table = isinstance(event, yaml.MappingStartEvent)
        self.stack.append(_Ouvert(position, is_table, bool(event.flow_style), event.anchor))

    def _close(self) -> None:
        done = self.stack.pop()
        node: Noeud = (
            Table(done.position, done.entries, done.keys) if done.is_table else Liste(done.position, tuple(done.items))
        )
        if done.anchor:
            self.anchors[done.anchor] = (node, done.size, done.depth)
        self._add(node, done.position, done.size, done.depth)

    def _add(self, node: Noeud, position: Position, size: int, depth: int, *, cost: int = 1) -> None:
        self.total += cost
        if self.total > MAX_NOEUDS:
            # Nodes are shared, not copied, but whatever walks them later would see each alias in full.
            self._find("Y110", f"plus de {MAX_NOEUDS} valeurs une fois les alias développés", position)
            raise _Trop
        if not self.stack:
            self.root = node
            return
        parent = self.stack[-1]
        parent.size += size
        parent.depth = max(parent.depth, depth + 1)
        if not parent.is_table:
            parent.items.append(node)
            return
        if not parent.waiting_value:
            # An alias used as a key.
            self._find("Y115", "une clé doit être un texte, pas un alias", position)
            raise _Trop
        parent.waiting_value = False
        empty = isinstance(node, Texte) and node.nul and not node.value
        if empty and parent.key is not None and self._is_comma_tail(parent, parent.key):
            return
        if not parent.skip_value and parent.key is not None and parent.key_position is not None:
            parent.entries[parent.key] = node
            parent.keys[parent.key] = parent.key_position

    def _translate(self, error: yaml.YAMLError) -> None:
        """Say a syntax error of the YAML parser in French, at the place where a person can mend it."""
        problem = str(getattr(error, "problem", None) or error)
        context = str(getattr(error, "context", None) or "")
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        position = self._place(mark) if mark else Position(self.file)
        start = self._place(getattr(error, "context_mark", None) or mark) if mark else position
        quotes = "mettez le texte entre guillemets"
        if "tab character" in problem:
            self._bad_indent(position)
        elif "mapping values are not allowed" in problem:
            self._colon_in_text(position)
        elif "cannot start any token" in problem:
            self._bad_start(position)
        elif "tag" in problem or "tag" in context:
            self._find("Y106", "étiquette YAML (« ! ») refusée", position, quotes)
        elif "alias" in context or "anchor" in context:
            self._find("Y104", "« & » et « * » ont un sens en YAML", position, quotes)
        elif "quoted scalar" in context and "escape" in problem + context:
            advice = "entre guillemets doubles, doublez la barre « \\\\ » ou prenez des apostrophes"
            self._find("Y104", "séquence d'échappement inconnue après « \\ »", position, advice)
        elif "quoted scalar" in context:
            self._find("Y104", "guillemet ouvert et jamais refermé", start)
        elif "block scalar" in context:
            self._find(
                "Y104",
                "« > » ou « | » annonce un texte sur les lignes suivantes",
                start,
                "mettez le texte à la ligne, en retrait",
            )
        elif "expected ',' or" in problem:
            opened = "[" if "]" in problem else "{"
            advice = "vérifiez virgules, guillemets et « ] » ou « } » de fin"
            self._find("Y104", f"« {opened} » ouvert et mal refermé", start, advice)
        elif "could not find expected ':'" in problem:
            advice = "écrivez « clé: valeur », avec une espace après « : »"
            self._find("Y104", "il manque « : » après cette clé", start, advice)
        elif "block sequence entries are not allowed" in problem:
            self._find(
                "Y104", "« - » n'est pas permis ici", position, "mettez la liste à la ligne, en retrait sous sa clé"
            )
        elif "node content" in problem:
            character = self._character_at(position)
            what = f"« {character} » n'est pas à sa place" if character else "il manque une valeur"
            self._find("Y104", what, position, quotes)
        elif "mapping keys are not allowed" in problem:
            self._find("Y104", "« ? » n'est pas permis ici", position, quotes)
        elif "directive" in problem + context or "%" in problem + context:
            self._find("Y104", "directive YAML (« % ») refusée", position, "retirez cette ligne")
        elif "nesting" in problem or "depth" in problem:
            self._find("Y109", f"plus de {MAX_PROFONDEUR} niveaux imbriqués", position)
        elif "expected key" in problem or "expected '-'" in problem or "block end" in problem:
            self._bad_indent(position)
        else:
            self._find("Y104", "la lecture s'arrête ici : ce n'est pas du YAML", position, quotes)

    def _line(self, number: int) -> str:
        return self.lines[number - 1] if 1 <= number <= len(self.lines) else ""

    def _character_at(self, position: Position) -> str:
        return self._line(position.line)[position.column - 1 : position.column]

    def _colon_in_text(self, position: Position) -> None:
        line = self._line(position.line)
        match = re.match(r"^(\s*(?:-\s+)*[^\s:][^:]*:\s+)(?=\S)", line)
        if match and match.end() < position.column:
            start = Position(self.file, position.line, match.end() + 1)
            self._find(
                "Y114",
                "« : » dans un texte sans guillemets",
                start,
                f"mettez le texte entre guillemets : {_quote(line[match.end() :].strip())}",
            )
        else:
            self._bad_indent(position)

    def _bad_start(self, position: Position) -> None:
        character = self._character_at(position)
        if character == "\t":
            self._find("Y117", "tabulation en début de ligne", position)
        else:
            message = f"un texte ne peut pas commencer par « {character} »"
            self._find("Y104", message, position, "mettez le texte entre guillemets")

    def _bad_indent(self, position: Position) -> None:
        if self.last_quoted is not None and self.last_quoted[1] == position.line:
            # The quote found its end in the next quoted text, lines below: the one left open is the mistake.
            self._find("Y104", "guillemet ouvert et jamais refermé", self.last_quoted[0])
            return
        line = self._line(position.line)
        indent = re.match(r"\s*", line)
        if indent and "\t" in indent.group():
            self._find("Y117", "tabulation en début de ligne", Position(self.file, position.line, line.index("\t") + 1))
            return
        before_mark = line[: position.column - 1].rstrip()
        if before_mark.endswith(("'", '"', "]", "}")) and not before_mark.endswith((": '", ': "')):
            closing = "un guillemet fermant" if before_mark[-1] in "'\"" else f"« {before_mark[-1]} »"
            self._find("Y104", f"du texte suit {closing}", position, "mettez tout le texte entre guillemets")
            return
        start = Position(self.file, position.line, len(indent.group() if indent else "") + 1)
        message = "le retrait de cette ligne ne correspond à rien"
        self._find("Y104", message, start, "alignez les clés d'un même groupe")


def _quote(text: str) -> str:
    """Return a text between the quotes that need the least escaping."""
    if '"' in text or "\\" in text:
        doubled = text.replace("'", "''")
        return f"'{doubled}'"
    return f'"{text}"'
