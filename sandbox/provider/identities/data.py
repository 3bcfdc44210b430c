"""Databases, caches and streams."""

from collections.abc import Mapping

from sandbox.provider.identity import Identity, Row, arn, global_arn
from sandbox.schema.values import Bag, Value, text

_HOST = "{lower12@region}.{region}.rds.amazonaws.com"  # one for all databases of an account and region
_CACHE_ZONE = "{lower6@region}.{region}.cache.amazonaws.com"


def _port(inputs: Bag) -> int:
    """The usual port of a database engine."""
    return 5432 if "postgres" in (text(inputs, "engine") or "") else 3306


def _identifier(inputs: Bag, name: str) -> str:
    """An identifier left out is Terraform's, not the bridge's: `tf-` and the time."""
    return f"{{{name}}}" if name in inputs or f"{name}Prefix" in inputs else "tf-20260101000000{digits12}"


def _cluster(inputs: Bag) -> Identity:
    return Identity(
        id=_identifier(inputs, "clusterIdentifier"),
        arn=arn("rds", "cluster:{id}"),
        outputs={
            "clusterIdentifier": "{id}",
            "clusterResourceId": "cluster-{upper26}",
            "endpoint": f"{{id}}.cluster-{_HOST}",
            "readerEndpoint": f"{{id}}.cluster-ro-{_HOST}",
            "port": _port(inputs),
            "engineVersionActual": text(inputs, "engineVersion") or "8.0.mysql_aurora.3.10.5",
            "hostedZoneId": "Z{upper13@region}",
        },
    )


def _cluster_instance(inputs: Bag) -> Identity:
    return Identity(
        id=_identifier(inputs, "identifier"),
        arn=arn("rds", "db:{id}"),
        outputs={
            "identifier": "{id}",
            "availabilityZone": "{region}a",
            "dbiResourceId": "db-{upper26}",
            "endpoint": f"{{id}}.{_HOST}",
            "port": _port(inputs),
            "writer": False,
        },
    )


def _instance(inputs: Bag) -> Identity:
    address = f"{{identifier}}.{_HOST}"
    return Identity(
        id="db-{upper26}",
        arn=arn("rds", "db:{identifier}"),
        outputs={
            "address": address,
            "availabilityZone": "{region}a",
            "endpoint": f"{address}:{_port(inputs)}",
            "port": _port(inputs),
            "resourceId": "{id}",
            "status": "available",
        },
    )


def _proxy_target(inputs: Bag) -> Identity:
    """A proxy's target is a cluster that it follows, or one instance; only that has an address of its own."""
    cluster, instance = text(inputs, "dbClusterIdentifier"), text(inputs, "dbInstanceIdentifier")
    kind, name = ("TRACKED_CLUSTER", cluster) if cluster else ("RDS_INSTANCE", instance)
    return Identity(
        id=f"{{dbProxyName}}/{{targetGroupName}}/{kind}/{name}",
        outputs={
            "endpoint": "" if cluster else f"{name}.{_HOST}",
            "port": 3306,
            "rdsResourceId": name,
            "targetArn": "",
            "trackedClusterId": "",
            "type": kind,
        },
    )


def _table(inputs: Bag) -> Identity:
    streams = inputs.get("streamEnabled") is True
    outputs: dict[str, Value] = {
        "streamArn": arn("dynamodb", "table/{name}/stream/2026-01-01T00:00:00.000") if streams else "",
        "streamLabel": "2026-01-01T00:00:00.000" if streams else "",
    }
    return Identity(id="{name}", arn=arn("dynamodb", "table/{name}"), outputs=outputs)


def _replication_group(inputs: Bag) -> Identity:
    """Cluster mode has one configuration endpoint, the other mode a primary and a reader."""
    groups = inputs.get("numNodeGroups")
    clustered = text(inputs, "clusterMode") == "enabled" or (isinstance(groups, int) and groups > 1)
    outputs: dict[str, Value] = {
        "clusterEnabled": clustered,
        "configurationEndpointAddress": f"clustercfg.{{id}}.{_CACHE_ZONE}" if clustered else "",
        "primaryEndpointAddress": "" if clustered else f"master.{{id}}.{_CACHE_ZONE}",
        "readerEndpointAddress": "" if clustered else f"replica.{{id}}.{_CACHE_ZONE}",
        "memberClusters": ["{id}-001"],
    }
    return Identity(id="{replicationGroupId}", arn=arn("elasticache", "replicationgroup:{id}"), outputs=outputs)


def _named(service: str, kind: str) -> Identity:
    return Identity(id="{name}", arn=arn(service, f"{kind}{{name}}"))


def _export(inputs: Bag) -> Identity:
    """Billing is in us-east-1; the name is inside the export."""
    export = inputs.get("export")
    name = (text(export, "name") if isinstance(export, dict) else None) or "export"
    place = f"arn:{{partition}}:bcm-data-exports:us-east-1:{{account}}:export/{name}-{{uuid}}"
    return Identity(id=place, arn=place)


def _quicksight(key: str, kind: str) -> Identity:
    return Identity(id=f"{{account}},{{{key}}}", arn=arn("quicksight", f"{kind}/{{{key}}}"))


_CONSUMER = "{streamArn}/consumer/{name}:1767225600"
_STREAM = arn("kinesis", "stream/{name}")
_DELIVERY = arn("firehose", "deliverystream/{name}")

ROWS: Mapping[str, Row] = {
    "aws:athena/namedQuery:NamedQuery": Identity(id="{uuid}"),
    "aws:athena/workgroup:Workgroup": _named("athena", "workgroup/"),
    "aws:bcmdata/export:Export": _export,
    "aws:cloudformation/stack:Stack": Identity(
        id=arn("cloudformation", "stack/{name}/{uuid}"), outputs={"outputs": {}}
    ),
    "aws:dynamodb/resourcePolicy:ResourcePolicy": Identity(id="{resourceArn}"),
    "aws:dynamodb/table:Table": _table,
    "aws:elasticache/parameterGroup:ParameterGroup": _named("elasticache", "parametergroup:"),
    "aws:elasticache/replicationGroup:ReplicationGroup": _replication_group,
    "aws:elasticache/subnetGroup:SubnetGroup": _named("elasticache", "subnetgroup:"),
    "aws:elasticache/user:User": Identity(id="{userId}", arn=arn("elasticache", "user:{userId}")),
    "aws:elasticache/userGroupAssociation:UserGroupAssociation": Identity(id="{userGroupId},{userId}"),
    "aws:elasticache/userGroup:UserGroup": Identity(
        id="{userGroupId}", arn=arn("elasticache", "usergroup:{userGroupId}")
    ),
    "aws:glue/catalogDatabase:CatalogDatabase": Identity(
        id="{account}:{name}", arn=arn("glue", "database/{name}"), outputs={"catalogId": "{account}"}
    ),
    "aws:glue/catalogTable:CatalogTable": Identity(
        id="{account}:{databaseName}:{name}",
        arn=arn("glue", "table/{databaseName}/{name}"),
        outputs={"catalogId": "{account}"},
    ),
    "aws:glue/crawler:Crawler": _named("glue", "crawler/"),
    "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings": Identity(
        id="{account}", outputs={"catalogId": "{account}"}
    ),
    "aws:glue/job:Job": _named("glue", "job/"),
    "aws:glue/securityConfiguration:SecurityConfiguration": Identity(id="{name}"),
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": Identity(id=_DELIVERY, arn=_DELIVERY),
    "aws:kinesis/stream:Stream": Identity(id=_STREAM, arn=_STREAM),
    "aws:kinesis/streamConsumer:StreamConsumer": Identity(
        id=_CONSUMER, arn=_CONSUMER, outputs={"creationTimestamp": "2026-01-01T00:00:00Z"}
    ),
    "aws:quicksight/dataSet:DataSet": _quicksight("dataSetId", "dataset"),
    "aws:quicksight/dataSource:DataSource": _quicksight("dataSourceId", "datasource"),
    "aws:rds/cluster:Cluster": _cluster,
    "aws:rds/clusterInstance:ClusterInstance": _cluster_instance,
    "aws:rds/clusterParameterGroup:ClusterParameterGroup": _named("rds", "cluster-pg:"),
    "aws:rds/globalCluster:GlobalCluster": Identity(
        id="{globalClusterIdentifier}",
        arn=global_arn("rds", "global-cluster:{id}"),
        outputs={"globalClusterResourceId": "cluster-{hex16}"},
    ),
    "aws:rds/instance:Instance": _instance,
    "aws:rds/parameterGroup:ParameterGroup": _named("rds", "pg:"),
    "aws:rds/proxy:Proxy": Identity(
        id="{name}", arn=arn("rds", "db-proxy:prx-{hex17}"), outputs={"endpoint": f"{{name}}.proxy-{_HOST}"}
    ),
    "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup": Identity(
        id="{dbProxyName}", arn=arn("rds", "target-group:prx-tg-{hex17}"), outputs={"name": "default"}
    ),
    "aws:rds/proxyEndpoint:ProxyEndpoint": Identity(
        id="{dbProxyName}/{dbProxyEndpointName}",
        arn=arn("rds", "db-proxy-endpoint:prx-endpoint-{hex17}"),
        outputs={
            "endpoint": f"{{dbProxyEndpointName}}.endpoint.proxy-{_HOST}",
            "isDefault": False,
            "vpcId": "vpc-{hex17.vpc}",
        },
    ),
    "aws:rds/proxyTarget:ProxyTarget": _proxy_target,
    "aws:rds/subnetGroup:SubnetGroup": _named("rds", "subgrp:"),
}
