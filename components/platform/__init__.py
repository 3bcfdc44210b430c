"""The composition root: the only room that knows every tier, and hands each what it needs of the others.

`stage.py` is the whole, `region.py` what there is once per region, `stores.py` what keeps data there, `edge.py` what
users meet.
"""

from components.platform.stage import Platform

__all__ = ["Platform"]
