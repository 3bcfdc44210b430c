"""What the catalogue says of the account's trail (pure): Athena reads CloudTrail's files where they are (REQ-Y4)."""

from collections.abc import Mapping

from components.data import layout, tables
from components.naming import Scope

FORMAT = tables.Format(
    input="com.amazon.emr.cloudtrail.CloudTrailInputFormat",
    output=tables.TEXT_OUT,
    reader="org.apache.hive.hcatalog.data.JsonSerDe",
)


# Of an account that opened none of the others. A region that nobody uses is read too: it is where an intruder works.
# https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
OPEN_REGIONS = (
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
)
_ISSUER = "struct<type:string,principalid:string,arn:string,accountid:string,username:string>"
_SESSION = (
    f"struct<attributes:struct<mfaauthenticated:string,creationdate:string>,sessionissuer:{_ISSUER},"
    "ec2roledelivery:string,webidfederationdata:struct<federatedprovider:string,attributes:map<string,string>>>"
)
_COLUMNS: Mapping[str, str] = {
    "eventversion": "string",
    "useridentity": "struct<type:string,principalid:string,arn:string,accountid:string,invokedby:string,"
    f"accesskeyid:string,username:string,onbehalfof:struct<userid:string,identitystorearn:string>,sessioncontext:{_SESSION}>",
    "eventtime": "string",
    "eventsource": "string",
    "eventname": "string",
    "awsregion": "string",
    "sourceipaddress": "string",
    "useragent": "string",
    "errorcode": "string",
    "errormessage": "string",
    "requestparameters": "string",
    "responseelements": "string",
    "additionaleventdata": "string",
    "requestid": "string",
    "eventid": "string",
    "readonly": "string",
    "resources": "array<struct<arn:string,accountid:string,type:string>>",
    "eventtype": "string",
    "recipientaccountid": "string",
    "serviceeventdetails": "string",
    "sharedeventid": "string",
    "vpcendpointid": "string",
    "eventcategory": "string",
    "tlsdetails": "struct<tlsversion:string,ciphersuite:string,clientprovidedhostheader:string>",
}


def trail(scope: Scope, bucket: str) -> tables.Table:
    """Who did what in the account (REQ-Y4), which CloudTrail writes by region and day.

    https://docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table-partition-projection.html
    """
    place = f"s3://{bucket}/AWSLogs/{scope.account_id}/CloudTrail"
    return tables.Table(
        name="cloudtrail",
        says="Who did what in the account, by region and day (UTC, 2026/11/25), about 5 minutes after (REQ-Y4)",
        columns=_COLUMNS,
        partitions={
            "region": {"type": "enum", "values": ",".join(OPEN_REGIONS)},
            "day": tables.days("yyyy/MM/dd", layout.FIRST_DAY.replace("-", "/")),
        },
        location=f"{place}/",
        template=f"{place}/${{region}}/${{day}}/",
        format=FORMAT,
    )
