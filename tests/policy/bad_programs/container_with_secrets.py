"""An engineer who moves from Docker Compose to Fargate in a day: the .env file in the task, tasks on the internet.

Stack: stg
Blocked by: IAM-002, NET-007, SEC-001
"""

import json

import pulumi_aws as aws

TAGS = {
    "Environment": "stg",
    "Owner": "team-api",
    "CostCenter": "CC-1250",
    "Application": "orders-api",
    "DataClassification": "confidential",
    "Compliance": "isms-p",
}

trust = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
role = aws.iam.Role("orders", assume_role_policy=json.dumps(trust), tags=TAGS)
aws.iam.RolePolicyAttachment("orders", role=role.name, policy_arn="arn:aws:iam::aws:policy/AmazonS3FullAccess")

container = {
    "name": "orders",
    "image": "222233334444.dkr.ecr.ap-northeast-2.amazonaws.com/orders:1.4.2",
    "essential": True,
    "portMappings": [{"containerPort": 8080}],
    "environment": [
        {"name": "DB_HOST", "value": "orders.cluster.internal"},
        {"name": "DB_PASSWORD", "value": "orders-stg-2026"},
        {"name": "JWT_SIGNING_SECRET", "value": "b7f3c2a1e5d94870"},
    ],
}
task = aws.ecs.TaskDefinition(
    "orders",
    family="orders",
    cpu="256",
    memory="512",
    network_mode="awsvpc",
    requires_compatibilities=["FARGATE"],
    execution_role_arn=role.arn,
    task_role_arn=role.arn,
    container_definitions=json.dumps([container]),
    tags=TAGS,
)
cluster = aws.ecs.Cluster("main", settings=[{"name": "containerInsights", "value": "enabled"}], tags=TAGS)
aws.ecs.Service(
    "orders",
    cluster=cluster.arn,
    task_definition=task.arn,
    desired_count=2,
    launch_type="FARGATE",
    network_configuration={
        "subnets": ["subnet-0a1b2c3d4e5f60718"],
        "security_groups": ["sg-0a1b2c3d4e5f60718"],
        "assign_public_ip": True,
    },
    tags=TAGS,
)
