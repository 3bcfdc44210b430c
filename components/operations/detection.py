"""Detection tier (REQ-S15): who looks for attackers, weaknesses and openings in a region, and who hears of them.

GuardDuty reads the account's events and traffic, Access Analyzer finds what outsiders may enter and, where the phase
pays for it, rights that nobody uses; Inspector knows vulnerabilities of machines, images and functions; Security Hub
holds resources against standards and collects what all of them find. An account and region has one of each, so their
owner alone makes them. What is grave goes to the topic that alarms go to.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import tagging
from components.naming import Scope
from components.sizes import DetectionSize

APPLICATION = "detection"
# From 7.0 on GuardDuty calls a finding high. https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html
GRAVE_FROM = 7
GRAVE = ("CRITICAL", "HIGH")
# AI features are left to AWS's default; runtime monitoring contains that of EKS, which cannot be on beside it.
# https://docs.aws.amazon.com/guardduty/latest/APIReference/API_DetectorFeatureConfiguration.html
FEATURES = ("EBS_MALWARE_PROTECTION", "EKS_AUDIT_LOGS", "LAMBDA_NETWORK_LOGS", "RDS_LOGIN_EVENTS", "S3_DATA_EVENTS")
RUNTIME = "RUNTIME_MONITORING"
# GuardDuty's agent is put where it is needed by GuardDuty. There is no ECS here.
AGENTS: Mapping[str, str] = {
    "EC2_AGENT_MANAGEMENT": "ENABLED",
    "ECS_FARGATE_AGENT_MANAGEMENT": "DISABLED",
    "EKS_ADDON_MANAGEMENT": "ENABLED",
}
# https://docs.aws.amazon.com/securityhub/latest/userguide/standards-reference.html
STANDARDS: Mapping[str, str] = {
    "cis": "cis-aws-foundations-benchmark/v/3.0.0",
    "fsbp": "aws-foundational-security-best-practices/v/1.0.0",
}
SCANNED = ("EC2", "ECR", "LAMBDA")
UNUSED_DAYS = 90  # as long as a quarter's review of rights


@dataclass(frozen=True, kw_only=True)
class DetectionArgs:
    """How much is looked at, and who hears of it."""

    scope: Scope
    size: DetectionSize
    is_first: bool  # whether this region has what looks at all regions at once
    recording: Sequence[pulumi.Resource]  # Config's recorder, without which Security Hub's checks say nothing
    topic_arn: pulumi.Input[str]  # of this region
    undelivered_arn: pulumi.Input[str]  # the queue of what the topic would not take


class Detection(pulumi.ComponentResource):
    """Detector, analyzers, scanner and hub of a region, and the rules that tell what is grave."""

    detector_id: pulumi.Output[str]

    def __init__(self, name: str, args: DetectionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:operations:Detection", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._tags = tagging.tier_tags(APPLICATION, tagging.Classification.CONFIDENTIAL)
        self.detector_id = self._guardduty()
        self._analyzers()
        if args.size.vulnerabilities:
            aws.inspector2.Enabler(
                f"{name}-inspector",
                account_ids=[args.scope.account_id],
                resource_types=SCANNED,
                opts=self._child,
            )
        if args.size.standards:
            self._hub()
        self.register_outputs({"detectorId": self.detector_id})

    def _guardduty(self) -> pulumi.Output[str]:
        name = self._name
        detector = aws.guardduty.Detector(
            f"{name}-detector",
            enable=True,
            finding_publishing_frequency="FIFTEEN_MINUTES",  # of what is seen again; what is new is told in five
            tags=self._tags,
            opts=self._child,
        )
        if self._args.size.protections:
            for feature in FEATURES:
                aws.guardduty.DetectorFeature(
                    f"{name}-{feature.lower().replace('_', '-')}",
                    detector_id=detector.id,
                    name=feature,
                    status="ENABLED",
                    opts=self._child,
                )
            aws.guardduty.DetectorFeature(
                f"{name}-runtime",
                detector_id=detector.id,
                name=RUNTIME,
                status="ENABLED",
                additional_configurations=[
                    aws.guardduty.DetectorFeatureAdditionalConfigurationArgs(name=agent, status=status)
                    for agent, status in AGENTS.items()
                ],
                opts=self._child,
            )
        self._tell(
            "guardduty",
            "What GuardDuty takes for an attack",
            {
                "source": ["aws.guardduty"],
                "detail-type": ["GuardDuty Finding"],
                "detail": {"severity": [{"numeric": [">=", GRAVE_FROM]}]},
            },
            {"title": "$.detail.title", "type": "$.detail.type", "region": "$.region", "id": "$.detail.id"},
            "GuardDuty in <region>: <title> (<type>, finding <id>)",
        )
        return detector.id

    def _analyzers(self) -> None:
        """What outsiders may enter is asked in each region, for free; which rights are used in one, as IAM has none."""
        name, args = self._name, self._args
        aws.accessanalyzer.Analyzer(
            f"{name}-entered",
            analyzer_name=args.scope.name("entered-from-outside"),
            type="ACCOUNT",
            tags=self._tags,
            opts=self._child,
        )
        self._tell(
            "access",
            "What somebody outside the account may enter",
            {
                "source": ["aws.access-analyzer"],
                "detail-type": ["Access Analyzer Finding"],
                "detail": {"status": ["ACTIVE"], "isPublic": [True]},
            },
            {"resource": "$.detail.resource", "region": "$.region"},
            "Access Analyzer in <region>: everybody may enter <resource>",
        )
        if args.is_first and args.size.unused_access:
            aws.accessanalyzer.Analyzer(
                f"{name}-unused",
                analyzer_name=args.scope.name("unused-rights"),
                type="ACCOUNT_UNUSED_ACCESS",
                configuration=aws.accessanalyzer.AnalyzerConfigurationArgs(
                    unused_access=aws.accessanalyzer.AnalyzerConfigurationUnusedAccessArgs(
                        unused_access_age=UNUSED_DAYS
                    )
                ),
                tags=self._tags,
                opts=self._child,
            )

    def _hub(self) -> None:
        name, args = self._name, self._args
        hub = aws.securityhub.Account(
            f"{name}-hub",
            auto_enable_controls=True,
            control_finding_generator="SECURITY_CONTROL",  # one finding a control, though two standards ask for it
            enable_default_standards=False,  # which standards is said below
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.recording)),
        )
        after = pulumi.ResourceOptions(parent=self, depends_on=[hub])
        for title in args.size.standards:
            aws.securityhub.StandardsSubscription(
                f"{name}-{title}",
                standards_arn=f"arn:aws:securityhub:{args.scope.region}::standards/{STANDARDS[title]}",
                opts=after,
            )
        if args.is_first:
            aws.securityhub.FindingAggregator(f"{name}-aggregator", linking_mode="ALL_REGIONS", opts=after)
        self._tell(
            "hub",
            "What Security Hub finds grave, for the first time; what GuardDuty finds comes from itself",
            {
                "source": ["aws.securityhub"],
                "detail-type": ["Security Hub Findings - Imported"],
                "detail": {
                    "findings": {
                        "ProductName": [{"anything-but": ["GuardDuty"]}],
                        "RecordState": ["ACTIVE"],
                        "Region": [args.scope.region],  # the first region's hub repeats what another one's found
                        "Severity": {"Label": list(GRAVE)},
                        "Workflow": {"Status": ["NEW"]},
                    }
                },
            },
            {
                "title": "$.detail.findings[0].Title",
                "severity": "$.detail.findings[0].Severity.Label",
                "resource": "$.detail.findings[0].Resources[0].Id",
                "region": "$.region",
            },
            "Security Hub in <region>, <severity>: <title> (<resource>)",
        )

    def _tell(
        self, title: str, says: str, pattern: Mapping[str, object], paths: Mapping[str, str], sentence: str
    ) -> None:
        """A rule on the account's own events, and a sentence for whoever is on duty, in the form that chat shows too.

        https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
        """
        name = f"{self._name}-{title}"
        rule = aws.cloudwatch.EventRule(
            f"{name}-rule",
            name=self._args.scope.name("findings", title),
            description=says,
            event_pattern=json.dumps(pattern),
            tags=self._tags,
            opts=self._child,
        )
        aws.cloudwatch.EventTarget(
            f"{name}-told",
            rule=rule.name,
            target_id="alerts",
            arn=self._args.topic_arn,
            dead_letter_config=aws.cloudwatch.EventTargetDeadLetterConfigArgs(arn=self._args.undelivered_arn),
            input_transformer=aws.cloudwatch.EventTargetInputTransformerArgs(
                input_paths=paths,
                input_template=json.dumps({"version": "1.0", "source": "custom", "content": {"description": sentence}}),
            ),
            opts=self._child,
        )
