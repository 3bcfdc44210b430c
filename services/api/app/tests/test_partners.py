"""Keys of partners."""

import pytest

from servicekit.settings import SettingsError

from ..partners import VARIABLES, keys


def test_each_partners_key_is_there_or_the_service_says_which_is_missing() -> None:
    environment = {variable: f"key of {partner}" for partner, variable in VARIABLES.items()}
    assert keys(environment) == {partner: f"key of {partner}" for partner in VARIABLES}
    for variable in VARIABLES.values():
        with pytest.raises(SettingsError, match=f"^{variable} not in the environment"):
            keys({**environment, variable: ""})
