"""What a stage decides: Pulumi.<stage>.yaml, typed and checked before anything is touched.

This is the only reader of the stack's configuration. `stage.py` and `sections.py` say what may be decided, `reading.py`
turns a configuration into it or into sentences about what is wrong.
"""

from components.settings.reading import SettingsError, cidrs_beside, load
from components.settings.stage import Settings

__all__ = ["Settings", "SettingsError", "cidrs_beside", "load"]
