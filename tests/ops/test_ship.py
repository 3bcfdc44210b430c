"""`make ship`: a release of the front end in moto's S3, and what CloudFront is told to forget."""
# boto3 makes its clients at run time: no checker knows their methods.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, cast

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID

from components.naming import Scope
from ops.errors import OpsError
from ops.ship import __main__ as command
from ops.ship import cloud, files
from ops.ship.errors import ShipError
from ops.ship.plan import DAYS, planned
from sandbox.mirror.delivery import ending_invalidations

SCOPE = Scope(stage="dev", account_id=DEFAULT_ACCOUNT_ID, region="ap-northeast-2")
BUCKET = "startup-platform-dev-site"
NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
FIRST = {
    "index.html": '<link rel="stylesheet" href="/style.css"><script src="/_next/static/main-1a.js"></script>',
    "pricing.html": "<p>dear</p>",
    "app.html": '<script src="/_next/static/main-1a.js"></script>',
    "style.css": "main {}",
    "_next/static/main-1a.js": "one()",
}
SECOND = {
    "index.html": '<link rel="stylesheet" href="/style.css"><script src="/_next/static/main-2b.js"></script>',
    "app.html": '<script src="/_next/static/main-1a.js"></script>',
    "blog/index.html": "<p>news</p>",
    "style.css": "main { margin: 0 }",
    "_next/static/main-1a.js": "one()",
    "_next/static/main-2b.js": "two()",
}
THIRD = {key: text for key, text in SECOND.items() if key != "app.html" and "main-1a" not in key}


class Cut(BaseException):
    """The process ends here."""


@dataclass(kw_only=True)
class Front:
    """A stage's site in moto, the calls that were made there, and where they are cut off."""

    folder: Path
    site: cloud.Site
    calls: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    cut_before: int | None = None
    said: list[str] = field(default_factory=list[str])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def noted(self, *, params: Mapping[str, Any], model: Any, **_: Any) -> None:
        with self._lock:
            if self.cut_before is not None and len(self.calls) >= self.cut_before:
                raise Cut
            self.calls.append((model.name, params.get("Key", "")))

    def has(self, texts: Mapping[str, str | bytes]) -> None:
        """Make the folder hold just this."""
        for place in sorted(self.folder.rglob("*"), reverse=True):
            place.unlink() if place.is_file() else place.rmdir()
        for key, text in texts.items():
            place = self.folder / key
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(text.encode() if isinstance(text, str) else text)

    def ship(self, texts: Mapping[str, str | bytes], now: datetime = NOW) -> None:
        self.has(texts)
        self.calls.clear()
        earlier = self.site.unfinished()
        read = files.read(self.folder, "site")
        plan = planned(read, self.site.stored(), now=now, unfinished=earlier.paths if earlier else ())
        self.site.do(plan, earlier, now=now, say=self.said.append)

    def objects(self) -> dict[str, tuple[bytes, str, str, Mapping[str, str]]]:
        found = {}
        for each in self.site.s3.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
            one = self.site.s3.get_object(Bucket=BUCKET, Key=each["Key"])
            found[each["Key"]] = one["Body"].read(), one["ContentType"], one["CacheControl"], one["Metadata"]
        return found

    def texts(self) -> dict[str, str]:
        return {key: one[0].decode() for key, one in self.objects().items()}

    def put(self) -> list[str]:
        return [key for name, key in self.calls if name == "PutObject"]

    def forgotten(self) -> list[list[str]]:
        listed = self.site.cloudfront.list_invalidations(DistributionId=self.site.distribution)["InvalidationList"]
        found = []
        for each in listed.get("Items", ()):
            one = self.site.cloudfront.get_invalidation(DistributionId=self.site.distribution, Id=each["Id"])
            found.append(one["Invalidation"]["InvalidationBatch"]["Paths"]["Items"])
        return found


@cache
def session() -> Any:
    return cast("Any", boto3).Session(
        aws_access_key_id="nobody", aws_secret_access_key="nothing", region_name=SCOPE.region
    )


def distribution(cloudfront: Any) -> str:
    config = {
        "CallerReference": "test",
        "Comment": "",
        "Enabled": True,
        "Origins": {
            "Quantity": 1,
            "Items": [
                {
                    "Id": "site",
                    "DomainName": f"{BUCKET}.s3.amazonaws.com",
                    "S3OriginConfig": {"OriginAccessIdentity": ""},
                }
            ],
        },
        "DefaultCacheBehavior": {"TargetOriginId": "site", "ViewerProtocolPolicy": "redirect-to-https"},
    }
    return cloudfront.create_distribution(DistributionConfig=config)["Distribution"]["Id"]


def stage_is_up(*, bucket: str = BUCKET) -> None:
    """The bucket as the tier has it, by key and with versions, and a contract that names it."""
    mine = session()
    s3, kms = mine.client("s3"), mine.client("kms")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": SCOPE.region})
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    by_key = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": kms.create_key()["KeyMetadata"]["Arn"]}
    s3.put_bucket_encryption(
        Bucket=BUCKET,
        ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": by_key}]},
    )
    said = {"site_bucket": bucket, "distribution_id": distribution(mine.client("cloudfront"))}
    mine.client("ssm").put_parameter(Name="/startup-platform/dev/contract/v1", Value=json.dumps(said), Type="String")


@pytest.fixture(autouse=True)
def _as_aws_says_it() -> Iterator[None]:
    with ending_invalidations():
        yield


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    with mock_aws():
        stage_is_up()
        folder = tmp_path / "site"
        folder.mkdir()
        made = Front(folder=folder, site=cloud.found(session(), SCOPE))
        for client in (made.site.s3, made.site.cloudfront):
            client.meta.events.register("before-parameter-build", made.noted)
        yield made


def test_each_file_gets_its_type_and_is_kept_as_long_as_its_path_may_be(front: Front) -> None:
    others = {
        "robots.txt": "",
        "logo.svg": "<svg/>",
        "a.webp": b"RIFF",
        "font.woff2": b"",
        "deep/x.mjs": "",
        "m.wasm": b"",
    }
    front.ship({**FIRST, **others, ".well-known/apple-app-site-association": "{}"})
    found = {key: (one[1], one[2]) for key, one in front.objects().items()}
    again, ever = "public, max-age=0, must-revalidate, s-maxage=60", "public, max-age=31536000, immutable"
    assert found == {
        ".well-known/apple-app-site-association": ("application/json", again),
        "index.html": ("text/html; charset=utf-8", again),
        "pricing.html": ("text/html; charset=utf-8", again),
        "app.html": ("text/html; charset=utf-8", again),
        "style.css": ("text/css; charset=utf-8", again),
        "_next/static/main-1a.js": ("text/javascript; charset=utf-8", ever),
        "robots.txt": ("text/plain; charset=utf-8", again),
        "logo.svg": ("image/svg+xml; charset=utf-8", again),
        "a.webp": ("image/webp", again),
        "font.woff2": ("font/woff2", again),
        "deep/x.mjs": ("text/javascript; charset=utf-8", again),
        "m.wasm": ("application/wasm", again),
    }


def test_assets_are_there_before_other_files_and_those_before_pages(front: Front) -> None:
    front.ship(FIRST)
    kinds = ["asset" if "static" in key else "page" if key.endswith(".html") else "other" for key in front.put()]
    assert kinds == ["asset", "other", "page", "page", "page"]


def test_only_what_differs_is_put_and_only_what_was_kept_is_forgotten(front: Front) -> None:
    front.ship(FIRST)
    assert front.forgotten() == []  # nobody kept what was not there
    front.ship(SECOND)
    note, *put = front.put()
    assert note == "_ship/unfinished.json"
    assert set(put) == {"_next/static/main-2b.js", "style.css", "index.html", "blog/index.html"}
    assert front.forgotten() == [["/", "/index.html", "/pricing", "/pricing.html", "/style.css"]]
    front.ship(SECOND)
    assert front.put() == []
    assert len(front.forgotten()) == 1


def test_a_page_that_is_gone_goes_after_everything_was_put(front: Front) -> None:
    front.ship(FIRST)
    front.ship(SECOND)
    assert "pricing.html" not in front.objects()
    names = [name for name, _ in front.calls]
    removal = front.calls.index(("DeleteObject", "pricing.html"))
    assert removal > max(index for index, name in enumerate(names) if name == "PutObject")
    assert removal < names.index("CreateInvalidation")


def test_an_asset_stays_thirty_days_after_the_last_release_that_had_it(front: Front) -> None:
    front.ship(SECOND)
    left = NOW + timedelta(days=400)  # however long it was in use before
    front.ship(THIRD, now=left)
    body, kind, cache, metadata = front.objects()["_next/static/main-1a.js"]
    assert (body, kind, metadata) == (b"one()", "text/javascript; charset=utf-8", {"left": left.isoformat()})
    assert cache == "public, max-age=31536000, immutable"
    front.ship(THIRD, now=left + timedelta(days=DAYS - 1))
    assert "_next/static/main-1a.js" in front.objects()
    front.ship(THIRD, now=left + timedelta(days=DAYS))
    assert front.texts() == THIRD


def test_going_back_is_shipping_the_earlier_folder_and_takes_the_mark_off(front: Front) -> None:
    front.ship(FIRST)
    front.ship(SECOND)
    front.ship(THIRD)
    front.ship(FIRST)
    found = front.texts()
    assert {key: found[key] for key in FIRST} == FIRST
    assert found.keys() - FIRST.keys() == {"_next/static/main-2b.js"}
    assert front.objects()["_next/static/main-1a.js"][3] == {}
    front.ship(FIRST, now=NOW + timedelta(days=DAYS + 1))
    assert front.texts() == FIRST


def test_the_shell_is_forgotten_under_every_path_that_it_answers(front: Front) -> None:
    front.ship(FIRST)
    front.ship({**FIRST, "app.html": "<p>other</p>"})
    assert front.forgotten() == [["/app", "/app.html", "/app/*"]]


def test_an_address_is_sent_to_cloudfront_as_a_browser_spells_it(front: Front) -> None:
    pages = {"가격.html": "<p>a</p>", "a b~c.html": "<p>a</p>"}
    front.ship({**FIRST, **pages})
    front.ship({**FIRST, **dict.fromkeys(pages, "<p>b</p>")})
    assert front.forgotten() == [["/%EA%B0%80%EA%B2%A9", "/%EA%B0%80%EA%B2%A9.html", "/a%20b%7Ec", "/a%20b%7Ec.html"]]


def test_a_release_that_changes_many_paths_has_everything_forgotten_as_one(front: Front) -> None:
    many = {f"n{number}.html": "<p>a</p>" for number in range(16)}
    front.ship({**FIRST, **many})
    front.ship({**FIRST, **dict.fromkeys(many, "<p>b</p>")})
    assert front.forgotten() == [["/*"]]


def test_a_file_that_somebody_put_by_hand_is_put_again_with_what_it_lacks(front: Front) -> None:
    front.site.s3.put_object(Bucket=BUCKET, Key="style.css", Body=FIRST["style.css"].encode())
    front.ship(FIRST)
    assert front.objects()["style.css"][1] == "text/css; charset=utf-8"
    assert front.forgotten() == [["/style.css"]]


def test_what_is_kept_for_ever_never_becomes_something_else(front: Front) -> None:
    front.ship(FIRST)
    before = front.objects()
    with pytest.raises(ShipError, match=r"_next/static/main-1a\.js is in the bucket with other content"):
        front.ship({**SECOND, "_next/static/main-1a.js": "other()"})
    assert front.objects() == before


@pytest.mark.parametrize("second", [SECOND, THIRD], ids=["more", "less"])
def test_a_run_that_was_cut_off_anywhere_is_ended_by_the_next(front: Front, second: Mapping[str, str]) -> None:
    steps: list[tuple[str, str]] = []

    def ended(cut: int | None) -> tuple[dict[str, Any], set[str]]:
        for key in front.objects():
            front.site.s3.delete_object(Bucket=BUCKET, Key=key)
        before = len(front.forgotten())
        front.ship(FIRST)
        if cut is not None:
            front.cut_before = cut
            with pytest.raises(Cut):
                front.ship(second)
            front.cut_before = None
            pages_find_their_assets(front)
        front.ship(second)
        if cut is None:
            steps.extend(front.calls)
        return front.objects(), {path for each in front.forgotten()[before:] for path in each}

    whole = ended(None)
    assert {"HeadObject", "PutObject", "DeleteObject", "CreateInvalidation"} <= {name for name, _ in steps}
    for cut, step in enumerate(steps):
        assert ended(cut) == whole, f"cut off before {step}"


def pages_find_their_assets(front: Front) -> None:
    there = front.texts()
    for key, text in there.items():
        for asset in files.named(key, text) if key.endswith(".html") else ():
            assert asset.path is not None
            assert asset.path[1:] in there, f"{key} names {asset.said}"


def refusal(front: Front, texts: Mapping[str, str | bytes]) -> str:
    before = front.objects()
    with pytest.raises(ShipError) as refused:
        front.ship(texts)
    assert front.objects() == before
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        ({}, "IN=site: the folder is empty"),
        ({"start.html": ""}, "IN=site: there is no index.html"),
        (
            {**FIRST, "api/v1/items.json": "{}"},
            "site/api/v1/items.json would never be seen: CloudFront asks the services",
        ),
        ({**FIRST, "images/logo.png": b""}, "site/images/logo.png would never be seen: CloudFront asks the services"),
        ({**FIRST, "LICENSE": ""}, "site/LICENSE would never be seen: CloudFront answers /LICENSE with LICENSE.html"),
        ({**FIRST, ".DS_Store": ""}, "site/.DS_Store is hidden"),
        ({**FIRST, "blog/.git/config": ""}, "site/blog/.git is hidden"),
        ({**FIRST, "_ship/unfinished.json": "{}"}, "site/_ship/unfinished.json: below _ship/"),
        ({**FIRST, "old.html": "<p>\xe9".encode("latin-1")}, "site/old.html is not UTF-8"),
        ({**FIRST, "a.html": "<img src='/no.png'>"}, "site/a.html names /no.png, and there is no no.png in the folder"),
        ({**FIRST, "a/b.html": "<img src=c.png>", "c.png": ""}, "site/a/b.html names c.png, and there is no a/c.png"),
        (
            {**FIRST, "a.html": "<script src='/app/a.js'></script>", "app/a.js": ""},
            "which CloudFront answers with app.html",
        ),
        ({**FIRST, "app.html": "<link rel=icon href=i.ico>", "i.ico": ""}, "which CloudFront answers with app.html"),
        ({**FIRST, "a.html": "<img srcset='/s.png 1x, /l.png 2x'>", "s.png": ""}, "site/a.html names /l.png"),
    ],
)
def test_what_cannot_be_a_release_is_one_sentence_and_nothing_is_touched(
    front: Front, texts: Mapping[str, str | bytes], says: str
) -> None:
    assert says in refusal(front, texts)


def test_a_link_of_the_file_system_is_refused(front: Front) -> None:
    front.has(FIRST)
    (front.folder / "secret.txt").symlink_to("/etc/hostname")
    with pytest.raises(ShipError, match=r"site/secret\.txt is a link"):
        files.read(front.folder, "site")


def test_a_page_may_name_what_is_elsewhere_of_the_services_or_in_itself(front: Front) -> None:
    page = """<img src="https://example.org/a.png"><img src="//example.org/a.png"><img src="data:image/png;base64,aa">
    <img src="/images/42?w=640"><a href="/nowhere"><link rel="canonical" href="/nowhere"><script>"/no.js"</script>
    <!-- <img src="/no.png"> --><link rel="icon" href="/a%20b.png?v=1#x">"""
    front.ship({**FIRST, "index.html": page, "a b.png": b""})
    assert "a b.png" in front.objects()


def test_another_accounts_credentials_are_refused_before_anything_else_is_asked(front: Front) -> None:
    with pytest.raises(OpsError, match=r"Pulumi\.dev\.yaml says that stage dev is account 999988887777"):
        cloud.found(session(), Scope(stage="dev", account_id="999988887777", region=SCOPE.region))
    assert front.calls == []


def test_a_stage_that_is_not_up_and_a_bucket_that_is_not_there_are_sentences() -> None:
    with mock_aws(), pytest.raises(ShipError, match="stage dev is not up there"):
        cloud.found(session(), SCOPE)
    with mock_aws():
        stage_is_up(bucket="startup-platform-dev-gone")
        with pytest.raises(ShipError, match="there is no bucket startup-platform-dev-gone, which stage dev names"):
            cloud.found(session(), SCOPE)


FRONT_ENDS = sorted((command.ROOT / "services").glob("*/app/site"))


@pytest.mark.parametrize("folder", FRONT_ENDS, ids=lambda folder: folder.parents[1].name)
def test_the_files_of_each_front_end_of_this_repository_can_be_shipped(folder: Path) -> None:
    assert "index.html" in files.read(folder, "site")


def refused(code: str) -> Callable[..., Any]:
    def refuse(*_: Any, **__: Any) -> Any:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "PutObject")

    return refuse


def test_a_role_without_the_right_hears_which_has_it(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front.site.s3, "put_object", refused("AccessDenied"))
    with pytest.raises(
        ShipError, match=r"your role may not put files into .* release_role_arn of the service's stack may"
    ):
        front.ship(FIRST)


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    monkeypatch.setattr("sys.argv", ["ship", *arguments])
    with pytest.raises(SystemExit) as ended:
        command.main()
    said = capsys.readouterr()
    return int(str(ended.value.code or 0)), said.out, said.err


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a front end and a service, and a shell with credentials of moto's account."""
    for name, value in (
        ("ACCESS_KEY_ID", "nobody"),
        ("SECRET_ACCESS_KEY", "nothing"),
        ("DEFAULT_REGION", SCOPE.region),
    ):
        monkeypatch.setenv(f"AWS_{name}", value)
    for name in ("web", "feed"):
        for source in (command.ROOT / "services" / name).glob("*.yaml"):
            place = tmp_path / "repository" / "services" / name / source.name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(source.read_text())
    root = tmp_path / "repository"
    stage = (command.ROOT / "Pulumi.dev.yaml").read_text().replace("111122223333", DEFAULT_ACCOUNT_ID)
    (root / "Pulumi.dev.yaml").write_text(stage)
    monkeypatch.setattr(command, "ROOT", root)
    return root


def test_unless_told_to_it_only_says_what_would_change(
    front: Front, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    front.folder.rmdir()
    front.folder = here / "services" / "web" / "app" / "site"
    front.ship(FIRST)
    front.has(SECOND)
    before = front.objects()
    code, out, _ = run(monkeypatch, capsys, "--service", "web", "--stage", "dev")
    assert code == 0
    assert front.objects() == before
    for line in ("put first, kept for ever: 1", "put last, pages: 2", "removed: 1", "  pricing.html", "the same: 2"):
        assert f"\n{line}\n" in out
    assert out.endswith("Nothing was changed. DO=yes (or --do) ships it.\n")
    code, out, _ = run(monkeypatch, capsys, "--service", "web", "--stage", "dev", "--do")
    assert (code, front.texts()) == (0, SECOND)
    assert out.endswith("web is out in dev\n")
    assert run(monkeypatch, capsys, "--service", "web", "--stage", "dev", "--do")[1].endswith(
        "the same: 6\nweb is out in dev already\n"
    )


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (
            ["--service", "feed", "--stage", "dev"],
            "ship: SERVICE=feed: kind = http runs as an image; only kind web is files",
        ),
        (
            ["--service", "shop", "--stage", "dev"],
            "ship: SERVICE=shop: there is no services/shop/service.yaml; there is: feed, web",
        ),
        (["--service", "web", "--stage", "qa"], "ship: STAGE=qa: there is no Pulumi.qa.yaml; a stage is one of: dev"),
        (
            ["--service", "web", "--stage", "dev"],
            "ship: IN=services/web/app/site: there is no such folder; give the one that has index.html",
        ),
    ],
)
def test_a_mistake_of_the_command_line_is_one_sentence(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], given: list[str], says: str
) -> None:
    assert here.is_dir()
    assert run(monkeypatch, capsys, *given) == (1, "", f"{says}\n")


def test_two_front_ends_do_not_overwrite_each_other(
    front: Front, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = here / "services" / "shop" / "service.yaml"
    shop.parent.mkdir()
    shop.write_text((here / "services" / "web" / "service.yaml").read_text().replace("name: web", "name: shop"))
    code, _, err = run(monkeypatch, capsys, "--service", "web", "--stage", "dev")
    assert code == 1
    assert err.startswith("ship: SERVICE=web: a stage has one site, and the files of shop would be removed from it")
    assert front.calls == []
    shop.write_text(f"{shop.read_text()}retired: true\n")
    assert "there is no such folder" in run(monkeypatch, capsys, "--service", "web", "--stage", "dev")[2]
