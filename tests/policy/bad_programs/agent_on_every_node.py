"""An SRE who tries a monitoring agent: it is on every node's network, and reads the container runtime's socket.

Blocked by: K8S-002, K8S-003, K8S-005
"""

import pulumi
import pulumi_kubernetes as k8s


class Agent(pulumi.ComponentResource):
    """The agent's DaemonSet, as its vendor's page has it."""

    def __init__(self, name: str, version: str) -> None:
        super().__init__("feedline:monitoring:Agent", name)
        labels = {"app": name}
        container = k8s.core.v1.ContainerArgs(
            name=name,
            image=f"registry.example.com/agent:{version}",
            resources=k8s.core.v1.ResourceRequirementsArgs(
                requests={"cpu": "100m", "memory": "128Mi"}, limits={"memory": "256Mi"}
            ),
            security_context=k8s.core.v1.SecurityContextArgs(
                capabilities=k8s.core.v1.CapabilitiesArgs(add=["SYS_PTRACE"], drop=["ALL"])
            ),
            volume_mounts=[k8s.core.v1.VolumeMountArgs(name="runtime", mount_path="/run/containerd")],
        )
        k8s.apps.v1.DaemonSet(
            name,
            metadata=k8s.meta.v1.ObjectMetaArgs(name=name, namespace="monitoring"),
            spec=k8s.apps.v1.DaemonSetSpecArgs(
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=labels),
                template=k8s.core.v1.PodTemplateSpecArgs(
                    metadata=k8s.meta.v1.ObjectMetaArgs(labels=labels),
                    spec=k8s.core.v1.PodSpecArgs(
                        host_network=True,
                        host_pid=True,
                        automount_service_account_token=False,
                        containers=[container],
                        volumes=[
                            k8s.core.v1.VolumeArgs(
                                name="runtime",
                                host_path=k8s.core.v1.HostPathVolumeSourceArgs(path="/run/containerd"),
                            )
                        ],
                    ),
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


Agent("agent", version="7.61.0")
