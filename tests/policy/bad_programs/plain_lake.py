"""An analyst who wants one query to run today: jobs without a security configuration, results in plain text.

Blocked by: ENC-009, ENC-016
"""

import pulumi_aws as aws

TAGS = {
    "Environment": "dev",
    "Owner": "team-data",
    "CostCenter": "CC-1400",
    "Application": "lake",
    "DataClassification": "confidential",
    "Compliance": "isms-p",
}
ROLE = "arn:aws:iam::111122223333:role/dev-glue"

lake = aws.glue.CatalogDatabase("lake", name="lake", tags=TAGS)
aws.glue.Crawler(
    "posts",
    database_name=lake.name,
    role=ROLE,
    s3_targets=[aws.glue.CrawlerS3TargetArgs(path="s3://feedline-dev-lake/posts/")],
    schedule="cron(0 18 * * ? *)",
    tags=TAGS,
)
aws.glue.Job(
    "flatten",
    role_arn=ROLE,
    glue_version="5.0",
    worker_type="G.1X",
    number_of_workers=2,
    command=aws.glue.JobCommandArgs(script_location="s3://feedline-dev-jobs/flatten.py", python_version="3"),
    default_arguments={"--job-bookmark-option": "job-bookmark-enable"},
    tags=TAGS,
)
aws.athena.Workgroup(
    "analysts",
    name="analysts",
    configuration=aws.athena.WorkgroupConfigurationArgs(
        enforce_workgroup_configuration=False,
        result_configuration=aws.athena.WorkgroupConfigurationResultConfigurationArgs(
            output_location="s3://feedline-dev-athena/results/",
        ),
    ),
    tags=TAGS,
)
