"""Where a Terraform name does not follow from the Pulumi name.

Everything else follows from three rules (see `bench.terraform`): snake case, blocks as lists, singular block names.
They were compared with the schema of hashicorp/aws 6.25, as the npm package @cdktf/provider-aws 21.22.1 has it, for
every property of every type that a case uses; what differed stands here.
"""

from collections.abc import Mapping

# Of a module, what its types begin with; any other module `m` gives `aws_m_`.
PREFIXES: Mapping[str, str] = {
    "apigateway": "aws_api_gateway_",
    "cfg": "aws_config_configuration_",
    "ec2": "aws_",
}

TYPES: Mapping[str, str] = {
    "aws:cloudtrail/trail:Trail": "aws_cloudtrail",
    "aws:ec2/serialConsoleAccess:SerialConsoleAccess": "aws_ec2_serial_console_access",
    "aws:elb/loadBalancer:LoadBalancer": "aws_elb",
    "aws:lb/loadBalancer:LoadBalancer": "aws_lb",
    "aws:rds/instance:Instance": "aws_db_instance",
    "aws:rds/parameterGroup:ParameterGroup": "aws_db_parameter_group",
    "aws:rds/snapshot:Snapshot": "aws_db_snapshot",
    "aws:s3/bucketV2:BucketV2": "aws_s3_bucket",
}

# Of a Terraform type, the name of a property by its path of Pulumi names.
NAMES: Mapping[str, Mapping[str, str]] = {
    "aws_api_gateway_method": {"restApi": "rest_api_id"},
    "aws_api_gateway_stage": {"deployment": "deployment_id", "restApi": "rest_api_id"},
    "aws_autoscaling_group": {"vpcZoneIdentifiers": "vpc_zone_identifier"},
    "aws_codebuild_project": {
        "buildBatchConfig.restrictions.computeTypesAlloweds": "compute_types_allowed",
        "fileSystemLocations": "file_system_locations",
        "secondaryArtifacts": "secondary_artifacts",
        "secondarySources": "secondary_sources",
    },
    "aws_config_configuration_recorder": {
        "recordingGroup.exclusionByResourceTypes": "exclusion_by_resource_types",
    },
    "aws_ecs_service": {
        "placementConstraints": "placement_constraints",
        "serviceConnectConfiguration.services.clientAlias": "client_alias",
        "volumeConfiguration.managedEbsVolume.tagSpecifications": "tag_specifications",
        "vpcLatticeConfigurations": "vpc_lattice_configurations",
    },
    "aws_ecs_task_definition": {"placementConstraints": "placement_constraints"},
    "aws_eks_node_group": {"nodeRepairConfig.nodeRepairConfigOverrides": "node_repair_config_overrides"},
    "aws_kinesis_firehose_delivery_stream": {
        f"{destination}.processingConfiguration.{path}": name
        for destination in (
            "elasticsearchConfiguration",
            "extendedS3Configuration",
            "httpEndpointConfiguration",
            "icebergConfiguration",
            "opensearchConfiguration",
            "opensearchserverlessConfiguration",
            "redshiftConfiguration",
            "snowflakeConfiguration",
            "splunkConfiguration",
        )
        for path, name in (("processors", "processors"), ("processors.parameters", "parameters"))
    }
    | {"httpEndpointConfiguration.requestConfiguration.commonAttributes": "common_attributes"},
    "aws_lambda_function": {
        "imageConfig.commands": "command",
        "imageConfig.entryPoints": "entry_point",
        "name": "function_name",
    },
    "aws_launch_template": {
        "blockDeviceMappings": "block_device_mappings",
        "networkInterfaces": "network_interfaces",
        "tagSpecifications": "tag_specifications",
    },
    "aws_opensearch_domain": {
        "clusterConfig.nodeOptions": "node_options",
        "logPublishingOptions": "log_publishing_options",
    },
    "aws_s3_bucket": {
        "replicationConfiguration.rules": "rules",
        "replicationConfigurations.rules": "rules",
    },
    "aws_sagemaker_endpoint_configuration": {
        "dataCaptureConfig.captureOptions": "capture_options",
        "productionVariants": "production_variants",
        "shadowProductionVariants": "shadow_production_variants",
    },
    "aws_wafv2_web_acl_logging_configuration": {"redactedFields": "redacted_fields"},
}

# Defaults of Terraform's schema that the SDK's documentation words in a way that its reader does not take.
DEFAULTS: Mapping[str, Mapping[str, object]] = {
    "aws_api_gateway_method": {"apiKeyRequired": False},
    "aws_db_instance": {
        "autoMinorVersionUpgrade": True,
        "monitoringInterval": 0,
        "performanceInsightsEnabled": False,
    },
    "aws_lb": {"desyncMitigationMode": "defensive", "dropInvalidHeaderFields": False},
    "aws_network_acl_rule": {"egress": False},
    "aws_rds_cluster_instance": {
        "autoMinorVersionUpgrade": True,
        "monitoringInterval": 0,
        "publiclyAccessible": False,
    },
    "aws_redshift_cluster": {"automatedSnapshotRetentionPeriod": 1},
    "aws_sagemaker_notebook_instance": {"directInternetAccess": "Enabled"},
}
