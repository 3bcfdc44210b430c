"""How each type that the platform uses is identified in AWS: the form of its id, its ARN, and what follows from them.

Ids are those of the Terraform provider (`d.SetId`), ARNs those of the AWS service authorization reference. A type that
is not here gets an approximate identity (`sandbox.provider.outputs.identity_of`). To add one, add a row.
"""

from collections.abc import Mapping

from sandbox.provider.identities import (
    access,
    compute,
    data,
    edge,
    intelligence,
    messaging,
    network,
    organization,
    spending,
    storage,
    toggles,
    watching,
)
from sandbox.provider.identity import Row

IDENTITIES: Mapping[str, Row] = {
    **access.ROWS,
    **compute.ROWS,
    **data.ROWS,
    **edge.ROWS,
    **intelligence.ROWS,
    **messaging.ROWS,
    **network.ROWS,
    **organization.ROWS,
    **spending.ROWS,
    **storage.ROWS,
    **toggles.ROWS,
    **watching.ROWS,
}
