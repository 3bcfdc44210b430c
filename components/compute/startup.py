"""What an instance does when it starts: a script, as text."""

from components.naming import Scope

PORT = 8080  # TCP; REQ-A1
HEALTH_PATH = "/healthz"
DATABASE_USER = "service"  # logs in by IAM; who makes it: docs/adr/0034
NO_IMAGE = "none"  # the image parameter's value before the first deployment
# Newest Amazon Linux 2023 for Graviton, with the Systems Manager agent and the AWS CLI in it:
# https://docs.aws.amazon.com/linux/al2023/ug/ec2.html
SYSTEM_IMAGE_PARAMETER = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"


def script(scope: Scope, *, image_parameter: str, contract_parameter: str, log_group: str) -> str:
    """The script: run the stage's image on PORT, or a page that answers health checks while there is none.

    A failure ends it, so that the load balancer finds the instance unhealthy and the group replaces it.
    """
    registry = f"{scope.account_id}.dkr.ecr.{scope.region}.amazonaws.com"
    return f"""\
#!/bin/bash
set -euo pipefail
export AWS_DEFAULT_REGION={scope.region}
image=$(aws ssm get-parameter --name {image_parameter} --query Parameter.Value --output text)
if [ "$image" = "{NO_IMAGE}" ]; then
  mkdir -p /srv/empty
  echo "no image is deployed yet" > /srv/empty{HEALTH_PATH}
  systemd-run --unit=empty --property=DynamicUser=yes --working-directory=/srv/empty python3 -m http.server {PORT}
  exit 0
fi
dnf install --assumeyes docker
systemctl enable --now docker
aws ecr get-login-password | docker login --username AWS --password-stdin {registry}
docker run --detach --name service --restart always --publish {PORT}:{PORT} \\
  --env AWS_DEFAULT_REGION={scope.region} --env CONTRACT={contract_parameter} \\
  --cap-drop ALL --security-opt no-new-privileges --read-only --tmpfs /tmp \\
  --log-driver awslogs --log-opt awslogs-region={scope.region} --log-opt awslogs-group={log_group} \\
  "$image"
"""
