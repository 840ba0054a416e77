"""What can go wrong, said once.

```
FactureError                 exit 70   the root; raised as such it is a bug of ours
├── RefusError               exit 1..5 the documents were refused: carries every Diagnostic
├── UsageError               exit 2    the command was called wrongly
├── ConfigurationError       exit 2    facture.toml or a theme is wrong
└── RessourceError           exit 3    a file the command names cannot be read or written
```

A user's mistake is a `Diagnostic`: data, collected with all the others and shown together. An exception is the end of a
command: a bug, a broken environment, or the moment when the collected diagnostics are handed to the command line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from facture.codes import CODES, Severity

Chemin = tuple[str | int, ...]
"""A path in a document: `("lignes", 0, "quantite")`, zero-based, printed `lignes[0].quantite`."""


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a text: file as the user typed it, 1-based line and column, in code points."""

    file: str
    line: int = 1
    column: int = 1


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake, with what a person needs to mend it.

    Why: the message says what is wrong, the advice what to do, the law why it matters. Keeping the three apart lets the
    terminal, JSON and CI annotations each show them in their own way.
    """

    code: str
    message: str
    position: Position
    path: str = ""
    severity: Severity = Severity.ERREUR
    advice: str = ""
    law: str = ""

    @property
    def is_error(self) -> bool:
        """True for a mistake that stops the document, False for a warning."""
        return self.severity is Severity.ERREUR

    @property
    def exit_code(self) -> int:
        """Exit status that this kind of mistake asks for: 1 findings, 3 missing file, 5 table too short."""
        return CODES[self.code].exit_code

    def as_warning(self) -> Diagnostic:
        """Return the same finding, said as a warning."""
        return replace(self, severity=Severity.AVERTISSEMENT)

    def to_dict(self) -> dict[str, str | int]:
        """Return the finding with the keys of `--format json`, in their order."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "file": self.position.file,
            "line": self.position.line,
            "column": self.position.column,
            "path": self.path,
            "message": self.message,
            "advice": self.advice,
            "law": self.law,
        }

    def to_text(self) -> str:
        """Return `file:line:column: erreur F203: path : message`, then the advice and the law, indented."""
        place = f"{visible(self.position.file)}:{self.position.line}:{self.position.column}"
        where = f"{visible(self.path)} : " if self.path else ""
        lines = [f"{place}: {self.severity.value} {self.code}: {where}{visible(self.message)}"]
        if self.advice:
            lines.append(f"    conseil : {visible(self.advice)}")
        if self.law:
            lines.append(f"    loi : {self.law}")
        return "\n".join(lines)

    def to_github(self) -> str:
        """Return a workflow command that GitHub shows beside the line in a pull request."""
        level = "error" if self.is_error else "warning"
        parts = (f"{self.path} :" if self.path else "", self.message, self.advice)
        text = " ".join(part for part in parts if part)
        properties = ",".join(
            f"{key}={_escape_github(str(value), is_property=True)}"
            for key, value in (
                ("file", self.position.file),
                ("line", self.position.line),
                ("col", self.position.column),
                ("title", self.code),
            )
        )
        return f"::{level} {properties}::{_escape_github(text)}"


# Controls, and what turns or hides the text around it: a key of somebody else's file must not drive the terminal, nor
# write a workflow command at the start of a line.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
_LONGEST = 600


def visible(text: str) -> str:
    """Return a text on one line, each unseen character as its escape, cut when it is endless."""
    shown = _UNSEEN.sub(lambda match: f"\\u{ord(match.group()):04x}", text[:_LONGEST])
    return f"{shown}…" if len(text) > _LONGEST else shown


def _escape_github(text: str, *, is_property: bool = False) -> str:
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    if is_property:
        escaped = escaped.replace(":", "%3A").replace(",", "%2C")
    return escaped


def format_path(path: Iterable[str | int]) -> str:
    """Return `lignes[0].quantite` for `("lignes", 0, "quantite")`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


def sort_diagnostics(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return the findings by file, line, column and code, each said once.

    Why: a client file shared by forty invoices holds one mistake, not forty.
    """
    unique: dict[tuple[str, Position, str], Diagnostic] = {}
    for diagnostic in diagnostics:
        key = (diagnostic.code, diagnostic.position, diagnostic.message)
        known = unique.get(key)
        if known is None or (diagnostic.is_error and not known.is_error):
            unique[key] = diagnostic
    return sorted(unique.values(), key=lambda d: (d.position, d.code, d.path, d.message))


def compute_exit_code(diagnostics: Iterable[Diagnostic], *, strict: bool = False) -> int:
    """Return the exit status of a run with these findings.

    Returns: 0 without errors (1 for warnings under `strict`); the common status of the errors when they all share one;
        2 or 70 as soon as one error asks for it; otherwise 1.
    """
    listed = list(diagnostics)
    codes = {diagnostic.exit_code for diagnostic in listed if diagnostic.is_error}
    for stopping in (70, 2):
        if stopping in codes:
            return stopping
    if strict and any(not diagnostic.is_error for diagnostic in listed):
        codes.add(1)
    if not codes:
        return 0
    return codes.pop() if len(codes) == 1 else 1


class FactureError(Exception):
    """Root of our exceptions; `exit_code` is the status the command ends with."""

    exit_code: int = 70


class UsageError(FactureError):
    """The command was called in a way that cannot be carried out."""

    exit_code = 2


class ConfigurationError(FactureError):
    """`facture.toml` or a theme is wrong; holds the findings."""

    exit_code = 2

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = sort_diagnostics(diagnostics)
        super().__init__("\n".join(diagnostic.message for diagnostic in self.diagnostics))


class RessourceError(FactureError):
    """A file that the command names is missing, unreadable or cannot be written."""

    exit_code = 3


class RefusError(FactureError):
    """The document was refused; holds every finding, warnings included."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = sort_diagnostics(diagnostics)
        self.exit_code = compute_exit_code(self.diagnostics)
        super().__init__("\n".join(diagnostic.message for diagnostic in self.diagnostics))
