"""What looks like a credential in plain text. Nothing here is ever printed: only that it is there, and its name."""

from __future__ import annotations

import base64
import binascii
import re

_NAMES = re.compile(
    r"pass(word|wd|phrase)|pwd|(?<![a-z])pw(?![a-z])|secret|token|api_?key|private_?key|access_?key|credential|auth_?key",
    re.IGNORECASE,
)
# Names that end so tell where the secret is, or are about it.
_REFERS = re.compile(
    r"(arn|name|id|ids|path|file|url|uri|endpoint|ttl|seconds|minutes|hours|days|expiry|expiration|expires|length|policy"
    r"|type|version|header|issuer|enabled|required|region|prefix|param|parameter|ref|key_?alias|rotation|algorithm|limit"
    r"|count|max|min|size|cache|mode|provider|audience|class|duration|encryption|expires_?in|field|format|lifetime"
    r"|plugin|realm|scopes?|service|store|validity)$"
    r"|(?:password|token)_?key$|^(?:max|min|num)|existing|passwordless|pull_?secret",
    re.IGNORECASE,
)
# A value that is a pointer: an ARN, a parameter's path, a template, a dynamic reference.
_POINTER = re.compile(r"arn:|/|\$\{|\{\{|\$\(|https?://[^@]*$|alias/|s3://|ssm:|file:|vault:", re.IGNORECASE)
_PLAIN = re.compile(r"(true|false|yes|no|on|off|none|null|\d{1,5})?", re.IGNORECASE)

# Credentials by their own shape, whatever they are called.
_SHAPES = re.compile(
    r"\b(AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_[A-Za-z0-9_]{40,}"
    r"|\bglpat-[A-Za-z0-9_-]{20,}"
    r"|\b[sr]k_(live|test)_[A-Za-z0-9]{16,}"
    r"|\bxox[abprs]-[A-Za-z0-9-]{10,}"
    r"|\bAIza[0-9A-Za-z_-]{35}\b"
    r"|\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"
    r"|\b[a-z][a-z0-9+]*://[^\s:/@]+:[^\s:/@${]+@"
)
# In a script: NAME=value, name: value or --password value, where the value is no variable, command or pointer.
_ASSIGNED = re.compile(
    r"(?P<name>[A-Za-z_][A-Za-z0-9_.-]*)[\"']?\s*(?:=|:\s)\s*[\"']?(?P<value>[^\s\"'$`<{(][^\s\"'`]*)"
    r"|(?<![\w-])--?(?P<option>password|secret|token)[= ](?P<given>[^\s\"'$`<{(|>&;-][^\s\"'`]*)"
)


def is_credential(name: str, value: str) -> bool:
    """Whether a named value is a credential: by its own shape, or because it is called one and is no pointer to one."""
    if _SHAPES.search(value):
        return True
    text = value.strip()
    return is_called_one(name) and not _PLAIN.fullmatch(text) and not _POINTER.match(text)


def is_called_one(name: str) -> bool:
    """Whether a name says that its value is a credential, and not where one is."""
    return _NAMES.search(name) is not None and not _REFERS.search(name)


def has_shape(text: str) -> bool:
    """Whether a credential stands somewhere in a text, known by its own shape."""
    return _SHAPES.search(text) is not None


def script_has_credential(script: str) -> bool:
    """Whether a start-up script, plain or in base64, holds a credential."""
    text = _decoded(script)
    return has_shape(text) or any(
        is_credential(match["name"] or match["option"], match["value"] or match["given"])
        for match in _ASSIGNED.finditer(text)
    )


def _decoded(script: str) -> str:
    try:
        return base64.b64decode(script, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):  # it was plain text, or something packed that nobody can read here
        return script
