"""What a user of the cache may do, in the words of its access control lists. No resources.

Data commands of every kind, then away with whatever hurts the whole cache (KEYS, FLUSHALL, SORT, ...), then back with
what a cluster client asks when it connects. https://valkey.io/topics/acl/
"""

COMMANDS = (
    "-@all +@read +@write +@connection +@transaction +@scripting +@pubsub -@admin -@dangerous "
    "+info +cluster|info +cluster|keyslot +cluster|nodes +cluster|shards +cluster|slots"
)


def rights(prefix: str = "") -> str:
    """The access string of a user who may touch the keys and channels that begin with `prefix`, and no other."""
    return f"on ~{prefix}* &{prefix}* {COMMANDS}"
