"""What every model of a setting, a size or a description is."""

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """Nothing changes it, and a key that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")
