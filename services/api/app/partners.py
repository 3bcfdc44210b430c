"""Keys of partners, which the platform puts into the environment (deploy/: secrets)."""

from collections.abc import Mapping

from servicekit.settings import SettingsError

VARIABLES = {
    "stripe": "STRIPE_SECRET_KEY",
    "toss": "TOSS_SECRET_KEY",
}


def keys(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Partner -> key.

    Raises:
        SettingsError: one is missing; said at the start and not at the first payment.
    """
    missing = sorted(variable for variable in VARIABLES.values() if not environment.get(variable))
    if missing:
        raise SettingsError(f"{', '.join(missing)} not in the environment: put it into Secrets Manager, then deploy")
    return {partner: environment[variable] for partner, variable in VARIABLES.items()}
