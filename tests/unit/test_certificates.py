"""The certificates' exact inputs. That ACM issues them is not proved here."""

from components.edge.certificates import Certificate, CertificateArgs
from components.naming import Scope
from tests.unit.recording import Recorded, record

CERTIFICATE = "aws:acm/certificate:Certificate"
RECORD = "aws:route53/record:Record"
EDGE = Scope(stage="dev", account_id="111122223333", region="us-east-1")


def made(*, with_wildcard: bool, proved_by: str | None = None) -> Recorded:
    args = CertificateArgs(
        scope=EDGE, domain="dev.example.com", with_wildcard=with_wildcard, zone_id="Z1", proved_by=proved_by
    )
    return record(lambda: Certificate("viewers", args))


def test_it_is_for_the_name_and_for_every_name_below_it_only_when_asked() -> None:
    (wide,) = made(with_wildcard=True).of_type(CERTIFICATE)
    (narrow,) = made(with_wildcard=False).of_type(CERTIFICATE)
    assert (wide["domainName"], wide["subjectAlternativeNames"]) == ("dev.example.com", ["*.dev.example.com"])
    assert not narrow.get("subjectAlternativeNames")
    assert {wide["validationMethod"], narrow["validationMethod"]} == {"DNS"}


def test_a_name_and_its_wildcard_are_proved_by_one_record_that_acm_names() -> None:
    (record_,) = made(with_wildcard=True).of_type(RECORD)
    assert (record_["zoneId"], record_["name"], record_["type"]) == ("Z1", "_proof.mock.", "CNAME")
    assert record_["records"] == ["_value.acm-validations.aws."]


def test_who_uses_it_waits_for_its_validation() -> None:
    run = made(with_wildcard=True)
    (validated,) = run.of_type("aws:acm/certificateValidation:CertificateValidation")
    assert validated["certificateArn"] == "arn:mock:viewers-certificate"
    assert validated["validationRecordFqdns"] == ["mock.example.com"]


def test_the_same_name_elsewhere_is_proved_by_the_record_that_is_there() -> None:
    run = made(with_wildcard=False, proved_by="_proof.elsewhere.")
    assert run.of_type(RECORD) == []
    (validated,) = run.of_type("aws:acm/certificateValidation:CertificateValidation")
    assert validated["validationRecordFqdns"] == ["_proof.elsewhere."]


def test_viewers_are_in_us_east_1_and_the_origin_in_its_own_region(platform: Recorded) -> None:
    found = {one.name: (one["region"], one["domainName"]) for one in platform.of_type(CERTIFICATE)}
    assert {name: region for name, (region, _) in found.items()} == {
        "viewer-certificate-certificate": "us-east-1",
        "origin-certificate-certificate": "ap-northeast-2",
    }
    assert found["origin-certificate-certificate"][1] == f"origin.{found['viewer-certificate-certificate'][1]}"
    listener = platform.named("entrance-https", "aws:lb/listener:Listener")
    assert any(urn.endswith("::origin-certificate-validated") for urn in listener.dependencies)
    distribution = platform.named("delivery-distribution", "aws:cloudfront/distribution:Distribution")
    assert any(urn.endswith("::viewer-certificate-validated") for urn in distribution.dependencies)
