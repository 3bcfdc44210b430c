"""Terraform's ForceNew for what keeps records: parameters, trails, lakes, models. See `force_new.py` on sources."""

from collections.abc import Mapping

RECORDS: Mapping[str, frozenset[str]] = {
    # athena/workgroup.go, athena/named_query.go: a saved query is never changed
    "aws:athena/namedQuery:NamedQuery": frozenset({"database", "description", "name", "query", "workgroup"}),
    "aws:athena/workgroup:Workgroup": frozenset({"name"}),
    # configservice/configuration_recorder.go, configservice/conformance_pack.go, configservice/delivery_channel.go
    "aws:cfg/conformancePack:ConformancePack": frozenset({"name"}),
    "aws:cfg/deliveryChannel:DeliveryChannel": frozenset({"name"}),
    "aws:cfg/recorder:Recorder": frozenset({"name"}),
    "aws:cfg/recorderStatus:RecorderStatus": frozenset({"name"}),
    # accessanalyzer/analyzer.go
    "aws:accessanalyzer/analyzer:Analyzer": frozenset({"analyzerName", "type"}),
    # securityhub/standards_subscription.go
    "aws:securityhub/standardsSubscription:StandardsSubscription": frozenset({"standardsArn"}),
    # cloudtrail/event_data_store.go, cloudtrail/trail.go
    "aws:cloudtrail/eventDataStore:EventDataStore": frozenset({"kmsKeyId", "name"}),
    "aws:cloudtrail/trail:Trail": frozenset({"name"}),
    # glue/catalog_database.go, glue/catalog_table.go, glue/crawler.go, glue/job.go
    "aws:glue/catalogDatabase:CatalogDatabase": frozenset({"catalogId", "name", "targetDatabase"}),
    "aws:glue/catalogTable:CatalogTable": frozenset(
        {
            "catalogId",
            "databaseName",
            "name",
            "openTableFormatInput.icebergInput.metadataOperation",
            "openTableFormatInput.icebergInput.version",
            "partitionIndices",
        }
    ),
    "aws:glue/crawler:Crawler": frozenset({"name"}),
    "aws:glue/job:Job": frozenset({"name"}),
    # firehose/delivery_stream.go: what it delivers to, and where from, makes another stream
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": frozenset(
        {
            "destination",
            "elasticsearchConfiguration.s3BackupMode",
            "elasticsearchConfiguration.vpcConfig",
            "extendedS3Configuration.dynamicPartitioningConfiguration",
            "kinesisSourceConfiguration",
            "mskSourceConfiguration",
            "name",
        }
    ),
    # organizations/account.go, organizations/organizational_unit.go: an account is moved, a unit is not
    "aws:organizations/account:Account": frozenset({"email", "iamUserAccessToBilling", "name", "roleName"}),
    "aws:organizations/organizationalUnit:OrganizationalUnit": frozenset({"parentId"}),
    # rds/global_cluster.go
    "aws:rds/globalCluster:GlobalCluster": frozenset(
        {"databaseName", "engine", "globalClusterIdentifier", "sourceDbClusterIdentifier", "storageEncrypted"}
    ),
    # sagemaker/feature_group.go: only throughput and the online store's time to live can be changed
    "aws:sagemaker/featureGroup:FeatureGroup": frozenset(
        {
            "description",
            "eventTimeFeatureName",
            "featureDefinitions",
            "featureGroupName",
            "offlineStoreConfig",
            "onlineStoreConfig.enableOnlineStore",
            "onlineStoreConfig.securityConfig",
            "onlineStoreConfig.storageType",
            "recordIdentifierFeatureName",
            "roleArn",
        }
    ),
    # sagemaker/model_package_group.go: all but its tags
    "aws:sagemaker/modelPackageGroup:ModelPackageGroup": frozenset(
        {"modelPackageGroupDescription", "modelPackageGroupName"}
    ),
    # ssm/parameter.go: from advanced to standard is conditional, in replacement.py
    "aws:ssm/parameter:Parameter": frozenset({"dataType", "name"}),
}
