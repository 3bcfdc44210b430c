"""Reads the classes of a generated Pulumi SDK from its source text. Nothing is imported: that would cost seconds.

What is read, and where it stands in the generated code (pulumi-language-python):
- an argument class `XArgs`: keyword of `__init__` without a default = required; getter = wire name and type
- a resource class `X(pulumi.CustomResource)`: getter = output; not Optional = always there
- an output class in `outputs.py`: the same getters
- `additional_secret_outputs=[...]`: outputs to be kept secret
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sandbox.schema.types import AnyOf, Default, ListOf, MapOf, ObjectRef, Property, Scalar, ScalarName, Type

_CLASS = re.compile(r"^class (\w+)", re.MULTILINE)
_NEXT = re.compile(r"^(?:class |@|def )", re.MULTILINE)
_ARGUMENTS = re.compile(r"__props__ = (\w+)\.__new__\(")
_SECRETS = re.compile(r"additional_secret_outputs=(\[[^\]]*\])")
_DEFAULT = re.compile(r"[Dd]efaults? (?:for this attribute )?(?:is|to|value is)(?: the)? `\"?([\w.-]+)\"?`")
_SCALARS: Mapping[str, ScalarName] = {
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "Any": "any",
    "Asset": "asset",
    "Archive": "asset",
}


@dataclass(frozen=True, kw_only=True)
class SourceFile:
    """One file of the SDK; `module` is its directory, such as `ec2`."""

    module: str
    text: str

    @classmethod
    def read(cls, path: Path, module: str) -> "SourceFile":
        """Read a file.

        Raises:
            OSError: it cannot be read.
        """
        return cls(module=module, text=path.read_text(encoding="utf-8"))

    @cached_property
    def _starts(self) -> Mapping[str, int]:
        return {match[1]: match.start() for match in _CLASS.finditer(self.text)}

    def __contains__(self, name: str) -> bool:
        return name in self._starts

    def segment(self, name: str) -> str:
        """Return the text of one class; parsing a whole file of a megabyte takes seconds.

        Raises:
            KeyError: the file has no such class.
        """
        start = self._starts[name]
        following = _NEXT.search(self.text, start + 1)
        return self.text[start : following.start() if following else None]

    def arguments(self, name: str) -> dict[str, Property]:
        """Read an argument class: wire name -> property."""
        node = _parse(self.segment(name))
        required = _required(node)
        return {
            getter.wire: Property(
                type=annotated_type(getter.annotation, self.module),
                required=getter.python in required,
                default=_default(getter.documentation, annotated_type(getter.annotation, self.module)),
            )
            for getter in _getters(node)
        }

    def results(self, name: str) -> dict[str, Property]:
        """Read an output class or a resource class: wire name -> property."""
        return {
            getter.wire: Property(
                type=annotated_type(getter.annotation, self.module), required=not _is_optional(getter.annotation)
            )
            for getter in _getters(_parse(self.segment(name)))
        }

    def arguments_of(self, name: str) -> dict[str, Property]:
        """Read the arguments of a resource class; their class is named in its constructor.

        Raises:
            KeyError: no such class, or it has no arguments.
        """
        found = _ARGUMENTS.search(self.segment(name))
        return self.arguments(found[1] if found else f"{name}Args")

    def secrets(self, name: str) -> frozenset[str]:
        """Read which outputs of a resource class are secret."""
        found = _SECRETS.search(self.segment(name))
        return frozenset(ast.literal_eval(found[1]) if found else ())


@dataclass(frozen=True, kw_only=True)
class _Getter:
    python: str
    wire: str
    annotation: ast.expr
    documentation: str


def _parse(segment: str) -> ast.ClassDef:
    node = ast.parse(segment).body[0]
    if not isinstance(node, ast.ClassDef):
        raise TypeError(f"expected a class, found {type(node).__name__}")
    return node


def _getters(node: ast.ClassDef) -> Iterator[_Getter]:
    for member in node.body:
        if not isinstance(member, ast.FunctionDef) or member.returns is None:
            continue
        for decorator in member.decorator_list:
            if ast.unparse(decorator).startswith("pulumi.getter"):
                yield _Getter(
                    python=member.name,
                    wire=_wire_name(decorator, member.name),
                    annotation=member.returns,
                    documentation=ast.get_docstring(member) or "",
                )


def _wire_name(decorator: ast.expr, python: str) -> str:
    if isinstance(decorator, ast.Call):
        for keyword in decorator.keywords:
            if keyword.arg == "name":
                return str(ast.literal_eval(keyword.value))
    return python


def _required(node: ast.ClassDef) -> frozenset[str]:
    for member in node.body:
        if isinstance(member, ast.FunctionDef) and member.name == "__init__":
            pairs = zip(member.args.kwonlyargs, member.args.kw_defaults, strict=True)
            return frozenset(argument.arg for argument, default in pairs if default is None)
    return frozenset()


def _is_optional(annotation: ast.expr) -> bool:
    match annotation:
        case ast.Subscript(value=ast.Attribute(attr="Output" | "Input"), slice=inner):
            return _is_optional(inner)
        case ast.Subscript(value=ast.Name(id="Optional")):
            return True
        case _:
            return False


def annotated_type(node: ast.expr, module: str) -> Type:
    """Turn an annotation such as `pulumi.Input[Optional[Sequence['VpcFooArgs']]]` into a type.

    Raises:
        ValueError: the generator wrote a form this reader does not know.
    """
    match node:
        case ast.Constant(value=str(reference)):
            return _referenced(reference, module)
        case ast.Name(id=name) | ast.Attribute(attr=name) if name in _SCALARS:
            return Scalar(name=_SCALARS[name])
        case ast.Subscript(value=ast.Name(id=name) | ast.Attribute(attr=name), slice=inner):
            return _generic(name, inner, module)
        case _:
            raise ValueError(f"unknown annotation {ast.unparse(node)} in {module}")


def _generic(name: str, inner: ast.expr, module: str) -> Type:
    match name, inner:
        case (("Input" | "Output" | "Optional"), _):
            return annotated_type(inner, module)
        case "Literal", _:  # a constant text, as pulumi-kubernetes has them
            return Scalar(name="string")
        case "Sequence", _:
            return ListOf(item=annotated_type(inner, module))
        case "Mapping", ast.Tuple(elts=[_, value]):
            return MapOf(value=annotated_type(value, module))
        case "Union", ast.Tuple(elts=elements):
            return _union([annotated_type(element, module) for element in elements])
        case _:
            raise ValueError(f"unknown generic {name}[{ast.unparse(inner)}] in {module}")


def _union(options: list[Type]) -> Type:
    distinct = tuple(dict.fromkeys(options))
    return distinct[0] if len(distinct) == 1 else AnyOf(options=distinct)


def _referenced(reference: str, module: str) -> Type:
    """A quoted name: an argument class, an output class, or an enum, which takes any string."""
    *scope, name = reference.split(".")
    home = scope[0].lstrip("_") if scope and scope[0] != "outputs" else module
    if "outputs" in scope:
        return ObjectRef(name=f"{home}.outputs.{name}")
    if name.endswith(("Args", "ArgsDict")):
        return ObjectRef(name=f"{home}._inputs.{name.removesuffix('Dict')}")
    return Scalar(name="string")


def _default(documentation: str, shape: Type) -> Default:
    found = _DEFAULT.search(documentation)
    if found is None or not isinstance(shape, Scalar):
        return None
    match shape.name, found[1]:
        case "boolean", "true" | "false":
            return found[1] == "true"
        case "integer", digits if digits.isdecimal():
            return int(digits)
        case "string", word if not word.isdecimal():
            return word
        case _:
            return None
