"""Cost export tier: every line of the bill, into the lake (REQ-K6, REQ-B3, REQ-N6). Account-wide, once a stage.

AWS writes it up to three times a day, the whole billing period anew each time, so a period has one set of files.
"""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import tagging
from components.data import layout
from components.data.layout import Layout
from components.data.tables import COST_COLUMNS
from components.naming import Scope

APPLICATION = "lake"


@dataclass(frozen=True, kw_only=True)
class CostExportArgs:
    """Where the lake is."""

    scope: Scope
    raw_bucket: pulumi.Input[str]  # once billing may write: it looks at the bucket before it takes an export


class CostExport(pulumi.ComponentResource):
    """A cost and usage export (CUR 2.0) as Parquet."""

    def __init__(self, name: str, args: CostExportArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:data:CostExport", name, None, opts)
        output = aws.bcmdata.ExportExportDestinationConfigurationS3DestinationS3OutputConfigurationArgs(
            compression="PARQUET", format="PARQUET", output_type="CUSTOM", overwrite="OVERWRITE_REPORT"
        )
        destination = aws.bcmdata.ExportExportDestinationConfigurationS3DestinationArgs(
            s3_bucket=args.raw_bucket,
            s3_prefix=layout.COSTS,
            s3_region=args.scope.region,
            s3_output_configurations=[output],
        )
        aws.bcmdata.Export(
            f"{name}-export",
            export=aws.bcmdata.ExportExportArgs(
                name=Layout(scope=args.scope).export,
                description="Every line of the bill, for the lake",
                data_queries=[
                    aws.bcmdata.ExportExportDataQueryArgs(
                        query_statement=f"SELECT {', '.join(COST_COLUMNS)} FROM COST_AND_USAGE_REPORT",  # noqa: S608 (our own names)
                        table_configurations={
                            "COST_AND_USAGE_REPORT": {
                                "TIME_GRANULARITY": "DAILY",
                                "INCLUDE_RESOURCES": "TRUE",
                                "INCLUDE_MANUAL_DISCOUNT_COMPATIBILITY": "FALSE",
                                "INCLUDE_SPLIT_COST_ALLOCATION_DATA": "FALSE",
                            }
                        },
                    )
                ],
                destination_configurations=[
                    aws.bcmdata.ExportExportDestinationConfigurationArgs(s3_destinations=[destination])
                ],
                refresh_cadences=[aws.bcmdata.ExportExportRefreshCadenceArgs(frequency="SYNCHRONOUS")],
            ),
            tags=tagging.tier_tags(APPLICATION, tagging.Classification.CONFIDENTIAL),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
