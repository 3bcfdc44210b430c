"""The whole of one stage: the only file that knows every tier and hands each what it needs of the others."""

import pulumi
import pulumi_aws as aws

from components import contract, tagging
from components.contract import Contract
from components.foundation.encryption import Encryption, EncryptionArgs
from components.foundation.network import Network, NetworkArgs
from components.foundation.registry import Registry, RegistryArgs
from components.settings import Settings


class Platform(pulumi.ComponentResource):
    """A stage. What exists once per account is built here, what exists once per region in `Region`."""

    contract: Contract

    def __init__(self, name: str, settings: Settings, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:index:Platform", name, None, opts)
        provider = aws.Provider(
            f"aws-{settings.region}",
            region=settings.region,
            allowed_account_ids=[settings.account_id],
            default_tags=aws.ProviderDefaultTagsArgs(
                tags=tagging.stage_tags(
                    stage=settings.stage,
                    owner=settings.owner,
                    cost_center=settings.cost_center,
                    compliance=settings.compliance,
                )
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        primary = Region("primary", settings, pulumi.ResourceOptions(parent=self, providers={"aws": provider}))
        self.contract = primary.contract
        self.register_outputs({})


class Region(pulumi.ComponentResource):
    """The tiers of one region; its AWS provider comes through the options."""

    contract: Contract

    def __init__(self, name: str, settings: Settings, opts: pulumi.ResourceOptions) -> None:
        super().__init__("startup-platform:index:Region", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        sizes = settings.growth.sizes
        encryption = Encryption(
            "encryption",
            EncryptionArgs(
                scope=settings.scope(),
                deletion_window_days=settings.encryption.deletion_window_days,
                destroy_protection=settings.destroy_protection,
            ),
            child,
        )
        network = Network(
            "network",
            NetworkArgs(
                scope=settings.scope(),
                cidr=settings.network.cidr,
                zones=settings.network.zones,
                size=sizes.network,
                destroy_protection=settings.destroy_protection,
                logs_key_arn=encryption.key_arns["logs"],
            ),
            child,
        )
        registry = Registry(
            "registry",
            RegistryArgs(
                scope=settings.scope(),
                repositories=settings.registry.repositories,
                key_arn=encryption.key_arns["storage"],
                destroy_protection=settings.destroy_protection,
            ),
            child,
        )
        self.contract = Contract(
            stage=settings.stage,
            account_id=settings.account_id,
            region=settings.region,
            phase=settings.phase.value,
            vpc_id=network.vpc_id,
            public_subnet_ids=network.public_subnet_ids,
            private_subnet_ids=network.private_subnet_ids,
            data_subnet_ids=network.data_subnet_ids,
            nat_addresses=network.nat_addresses,
            key_arns=encryption.key_arns,
            repository_urls=registry.urls,
        )
        aws.ssm.Parameter(
            "contract",
            name=contract.parameter_name(settings.scope()),
            description="What service stacks may read of this stage",
            type="String",
            tier="Intelligent-Tiering",  # 4 KB are free, and it may grow past them
            value=pulumi.Output.json_dumps(contract.exports(self.contract)),
            tags=tagging.tier_tags("contract", tagging.Classification.INTERNAL),
            opts=child,
        )
        self.register_outputs({})
