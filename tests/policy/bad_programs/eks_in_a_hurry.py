"""A lone platform engineer following a quick start: an API server for the world and nodes that administer the account.

Stack: stg
Blocked by: ENC-021, IAM-001, LOG-004, NET-003, NET-009, PAT-002
"""

import json

import pulumi_aws as aws

TAGS = {
    "Environment": "stg",
    "Owner": "team-platform",
    "CostCenter": "CC-1001",
    "Application": "cluster",
    "DataClassification": "internal",
    "Compliance": "soc2",
}
SUBNETS = ["subnet-0a1b2c3d4e5f60718", "subnet-0a1b2c3d4e5f60719"]


def role(name: str, service: str, *policies: str) -> aws.iam.Role:
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}],
    }
    made = aws.iam.Role(name, assume_role_policy=json.dumps(trust), tags=TAGS)
    for policy in policies:
        aws.iam.RolePolicyAttachment(f"{name}-{policy}", role=made.name, policy_arn=f"arn:aws:iam::aws:policy/{policy}")
    return made


control = role("eks", "eks.amazonaws.com", "AmazonEKSClusterPolicy")
nodes = role(
    "nodes",
    "ec2.amazonaws.com",
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
    "AdministratorAccess",  # the load balancer controller did not work without
)

cluster = aws.eks.Cluster(
    "main",
    name="main",
    version="1.31",
    role_arn=control.arn,
    vpc_config={"subnet_ids": SUBNETS, "endpoint_public_access": True},
    tags=TAGS,
)

aws.eks.NodeGroup(
    "workers",
    cluster_name=cluster.name,
    node_role_arn=nodes.arn,
    subnet_ids=SUBNETS,
    instance_types=["m7g.large"],
    scaling_config={"desired_size": 2, "min_size": 2, "max_size": 4},
    remote_access={"ec2_ssh_key": "junho-macbook"},
    tags=TAGS,
)
