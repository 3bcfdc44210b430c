"""The rules, a module a topic. A rule exists when its module is listed here."""

from policy.catalog import Catalogue
from policy.rules import encryption, iam, keys, tagging, trust

CATALOGUE = Catalogue.of([encryption, iam, keys, tagging, trust])
