"""The rules, a module a topic. A rule exists when its module lies here."""

from importlib import import_module
from pkgutil import iter_modules

from policy.catalog import Catalogue

CATALOGUE = Catalogue.of(import_module(f"{__name__}.{each.name}") for each in iter_modules(__path__))
