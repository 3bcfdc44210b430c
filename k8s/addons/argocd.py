"""ArgoCD: from here on Git says what runs (REQ-D1, REQ-C5).

Pulumi installs it and one Application, `root`, which points at this repository's `k8s/gitops`; the rest is found there.
Infrastructure is Pulumi's and runtime is Git's: neither writes what the other holds. `root` has the cascading
finalizer, so taking it away takes away all that it made, while controllers that have to let go of something still run.

Nobody logs in by password. Single sign-on is a setting; without one the web page lets nobody in, and whoever is on duty
looks with kubectl. The repository's credentials and the sign-on's secret come from Secrets Manager.
"""

import json
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from components.naming import PROJECT, Scope
from components.sizes import AddOnsSize
from k8s import versions
from k8s.addons import charts, secrets
from k8s.addons.identity import KUBE_SYSTEM
from k8s.addons.room import Caller, Room, RoomArgs
from k8s.addons.telemetry import AGENT, OTLP_PORT

NAMESPACE = "argocd"
API = "argoproj.io/v1alpha1"
ROOT = "root"
PATH = "k8s/gitops"
HERE = "https://kubernetes.default.svc"
# With this many replicas Redis has three as well; with fewer it is one, which is a cache that fills itself again.
REPLICAS_OF_HA = 3
SIGN_ON_SECRET = "argocd-sign-on"  # noqa: S105 - a name
TELEMETRY = f"http://{AGENT}.{KUBE_SYSTEM}:{OTLP_PORT}"  # where services send traces and metrics
CASCADE = "resources-finalizer.argocd.argoproj.io"
METRICS_PORTS = (8080, 8082, 8083, 8084)


@dataclass(frozen=True, kw_only=True)
class SignOn:
    """Who says who comes in: an OpenID provider of the company's."""

    url: str  # where ArgoCD is reached, such as https://argocd.internal.example.com
    issuer: str  # such as https://example.okta.com
    client_id: str
    admins: str  # the provider's group that may do everything


@dataclass(frozen=True, kw_only=True)
class ArgoCdArgs:
    """What Git it follows, and who may look at it."""

    scope: Scope
    size: AddOnsSize
    repository_url: str  # https; of this repository
    revision: str  # a branch, or a tag
    sign_on: SignOn | None
    stores: list[pulumi.Resource]  # of External Secrets
    after: list[pulumi.Resource]  # what has to outlive all that Git made


class ArgoCd(pulumi.ComponentResource):
    """ArgoCD, its credentials, and the root application."""

    def __init__(self, name: str, args: ArgoCdArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:addons:ArgoCd", name, None, opts)
        self._name, self._args = name, args
        room = Room(
            f"{name}-room",
            RoomArgs(name=NAMESPACE, callers=[Caller(ports=METRICS_PORTS, namespace=KUBE_SYSTEM)]),
            pulumi.ResourceOptions(parent=self),
        )
        credentials = [self._secret("repository", REPOSITORY_SECRET, _repository(args.repository_url), room)]
        if args.sign_on:
            credentials.append(self._secret("sign-on", SIGN_ON_SECRET, _sign_on_secret(), room))
        controller = charts.install(
            f"{name}-controller",
            versions.ARGOCD,
            namespace=NAMESPACE,
            over=values(args),
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[room, *credentials, *args.after], custom_timeouts=charts.GONE
            ),
        )
        project = self._custom("project", "AppProject", project_spec(args.repository_url), after=[controller])
        self._custom(
            "root",
            "Application",
            root_spec(args.repository_url, args.revision),
            after=[controller, project, *args.after],
            finalizers=[CASCADE],
        )
        self.register_outputs({})

    def _custom(
        self,
        title: str,
        kind: str,
        spec: dict[str, Any],
        *,
        after: list[pulumi.Resource],
        finalizers: list[str] | None = None,
    ) -> pulumi.Resource:
        return kubernetes.apiextensions.CustomResource(
            f"{self._name}-{title}",
            api_version=API,
            kind=kind,
            metadata={"name": ROOT, "namespace": NAMESPACE, "finalizers": finalizers or []},
            spec=spec,
            opts=pulumi.ResourceOptions(parent=self, depends_on=after, custom_timeouts=charts.GONE),
        )

    def _secret(self, title: str, called: str, spec: dict[str, Any], room: Room) -> pulumi.Resource:
        return kubernetes.apiextensions.CustomResource(
            f"{self._name}-{title}",
            api_version=secrets.API,
            kind="ExternalSecret",
            metadata={"name": called, "namespace": NAMESPACE},
            spec=spec,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[room, *self._args.stores]),
        )


REPOSITORY_SECRET = "repository"  # noqa: S105 - a name; also of the secret in Secrets Manager, below `platform/`


def _from_store(name: str, properties: dict[str, str], template: dict[str, Any]) -> dict[str, Any]:
    return {
        "refreshInterval": "1h",
        "secretStoreRef": {"kind": "ClusterSecretStore", "name": secrets.PLATFORM},
        "target": {"template": {"engineVersion": "v2", **template}},
        "data": [
            {"secretKey": key, "remoteRef": {"key": name, "property": of}} for key, of in sorted(properties.items())
        ],
    }


def _repository(url: str) -> dict[str, Any]:
    """A GitHub App's: its tokens live for an hour, and are no person's.

    https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#repository-credentials
    """
    return _from_store(
        REPOSITORY_SECRET,
        {"app": "app_id", "installation": "installation_id", "key": "private_key"},
        {
            "metadata": {"labels": {"argocd.argoproj.io/secret-type": "repo-creds"}},
            "data": {
                "type": "git",
                "url": url,
                "githubAppID": "{{ .app }}",
                "githubAppInstallationID": "{{ .installation }}",
                "githubAppPrivateKey": "{{ .key }}",
            },
        },
    )


def _sign_on_secret() -> dict[str, Any]:
    """ArgoCD reads secrets that carry this label."""
    return _from_store(
        SIGN_ON_SECRET,
        {"client_secret": "client_secret"},
        {
            "metadata": {"labels": {"app.kubernetes.io/part-of": "argocd"}},
            "data": {"clientSecret": "{{ .client_secret }}"},
        },
    )


def values(args: ArgoCdArgs) -> dict[str, Any]:
    """What size, sign-on and stage say of the chart's values."""
    replicas = args.size.replicas
    return {
        "configs": {"clusterCredentials": {"here": _this_cluster(args)}, **_sign_on(args.sign_on)},
        "server": {"replicas": replicas},
        "repoServer": {"replicas": replicas},
        "applicationSet": {"replicas": min(replicas, 2)},
        "redis-ha": {"enabled": replicas >= REPLICAS_OF_HA},
    }


def _this_cluster(args: ArgoCdArgs) -> dict[str, Any]:
    """What application sets in Git know of the stage (k8s/gitops): annotations of the cluster, no credential."""
    scope = args.scope
    return {
        "server": HERE,
        "config": {"tlsClientConfig": {"insecure": False}},
        "annotations": {
            "platform/stage": scope.stage,
            "platform/region": scope.region,
            "platform/registry": (f"{scope.account_id}.dkr.ecr.{scope.region}.amazonaws.com/{PROJECT}/{scope.stage}"),
            "platform/repository": args.repository_url,
            "platform/revision": args.revision,
            "platform/telemetry-endpoint": TELEMETRY,
        },
    }


def _sign_on(sign_on: SignOn | None) -> dict[str, Any]:
    if sign_on is None:
        return {}
    provider = {
        "name": "Single sign-on",
        "issuer": sign_on.issuer,
        "clientID": sign_on.client_id,
        "clientSecret": f"${SIGN_ON_SECRET}:clientSecret",
        "requestedScopes": ["openid", "profile", "email", "groups"],
    }
    return {
        "cm": {"url": sign_on.url, "oidc.config": json.dumps(provider)},
        "rbac": {"policy.csv": f"g, {sign_on.admins}, role:admin"},
    }


def project_spec(url: str) -> dict[str, Any]:
    """What the root may make: ArgoCD's own objects, in its own namespace. All else is in projects that those bring."""
    return {
        "description": "The root application",
        "sourceRepos": [url],
        "destinations": [{"server": HERE, "namespace": NAMESPACE}],
        "clusterResourceWhitelist": [],
        "namespaceResourceWhitelist": [
            {"group": "argoproj.io", "kind": kind} for kind in ("AppProject", "Application", "ApplicationSet")
        ],
    }


def root_spec(url: str, revision: str) -> dict[str, Any]:
    """One Application that finds all others: the files of the folder, and none of the folders below it."""
    return {
        "project": ROOT,
        "source": {"repoURL": url, "targetRevision": revision, "path": PATH},
        "destination": {"server": HERE, "namespace": NAMESPACE},
        "syncPolicy": {
            "automated": {"prune": True, "selfHeal": True},
            "syncOptions": ["ServerSideApply=true", "PruneLast=true"],
            "retry": {"limit": 5, "backoff": {"duration": "10s", "factor": 2, "maxDuration": "3m"}},
        },
    }
