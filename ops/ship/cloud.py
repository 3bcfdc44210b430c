"""The site's bucket and the distribution before it, and a release's steps there. Each may be done again.

Interrupted anywhere, the same run again goes on: what is there already is not put again, and what CloudFront still has
to forget is noted in the bucket before anything that it may keep is changed.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from botocore.exceptions import WaiterError

from components.naming import Scope
from ops.account import caller_of, contract_of
from ops.ship.errors import ShipError, told
from ops.ship.files import OWN, File
from ops.ship.plan import LEFT, Plan, Stored

_Given = TypeVar("_Given")
_Made = TypeVar("_Made")
_NOTE = f"{OWN}unfinished.json"
_AT_ONCE = 8  # calls; boto3 keeps ten connections
_SECONDS, _TIMES = 10, 90  # CloudFront forgets in a minute or so; a quarter of an hour is too long


@dataclass(frozen=True, kw_only=True)
class Note:
    """What CloudFront still has to forget, and under which reference: asked for twice by it, it does it once."""

    reference: str
    paths: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Site:
    """Where a stage's front end is."""

    scope: Scope
    caller: str  # ARN of whoever ships
    bucket: str
    distribution: str
    s3: Any
    cloudfront: Any

    def stored(self) -> dict[str, Stored]:
        """All that is in the bucket, by key."""
        with told(f"list s3://{self.bucket}"):
            pages = self.s3.get_paginator("list_objects_v2").paginate(**self._here)
            keys = [each["Key"] for page in pages for each in page.get("Contents", ())]
        with told(f"look at the files of s3://{self.bucket}"):
            keys = [key for key in keys if not key.startswith(OWN)]
            return dict(zip(keys, _at_once(self._stored, keys), strict=True))

    def _stored(self, key: str) -> Stored:
        found = self.s3.head_object(**self._here, Key=key, ChecksumMode="ENABLED")
        left = found["Metadata"].get(LEFT)
        return Stored(
            sha256=found.get("ChecksumSHA256", ""),
            content_type=found.get("ContentType", ""),
            cache_control=found.get("CacheControl", ""),
            left=datetime.fromisoformat(left) if left else None,
        )

    def unfinished(self) -> Note | None:
        """What an earlier run that was interrupted had still to do."""
        with told(f"read s3://{self.bucket}/{_NOTE}"):
            try:
                found = json.loads(self.s3.get_object(**self._here, Key=_NOTE)["Body"].read())
            except self.s3.exceptions.NoSuchKey:
                return None
        return Note(reference=found["reference"], paths=found["paths"])

    def do(self, plan: Plan, earlier: Note | None, *, now: datetime, say: Callable[[str], None]) -> None:
        """All steps of a release; each ends before the next begins.

        Raises:
            ShipError: AWS refused something, or takes too long.
        """
        note = self._noted(plan, earlier, now)
        with told(f"put files into s3://{self.bucket}"):
            for title, files in (("assets", plan.assets), ("other files", plan.others), ("pages", plan.pages)):
                _at_once(self._put, files)
                if files:
                    say(f"put {len(files)} {title}")
        with told(f"mark what has left s3://{self.bucket}"):
            _at_once(lambda key: self._mark(key, now), plan.leaving)
        with told(f"remove what is gone from s3://{self.bucket}"):
            _at_once(lambda key: self.s3.delete_object(**self._here, Key=key), plan.removed)
            if plan.removed:
                say(f"removed {len(plan.removed)}")
        if note:
            self._forget(note)
            say(f"CloudFront has forgotten {', '.join(note.paths)}")
            with told(f"remove s3://{self.bucket}/{_NOTE}"):
                self.s3.delete_object(**self._here, Key=_NOTE)

    @property
    def _here(self) -> dict[str, str]:
        # Whoever else has a bucket of that name by now gets nothing of ours.
        return {"Bucket": self.bucket, "ExpectedBucketOwner": self.scope.account_id}

    def _noted(self, plan: Plan, earlier: Note | None, now: datetime) -> Note | None:
        if not plan.forgotten:
            return None
        if earlier and list(earlier.paths) == list(plan.forgotten):
            return earlier
        said = json.dumps([now.isoformat(), *plan.forgotten])
        note = Note(reference=f"ship-{hashlib.sha256(said.encode()).hexdigest()[:32]}", paths=plan.forgotten)
        body = json.dumps({"reference": note.reference, "paths": list(note.paths)})
        with told(f"write s3://{self.bucket}/{_NOTE}"):
            self.s3.put_object(
                **self._here,
                Key=_NOTE,
                Body=body.encode(),
                ContentType="application/json",
                CacheControl="no-store",
                ChecksumAlgorithm="SHA256",
            )
        return note

    def _put(self, file: File) -> None:
        with file.place.open("rb") as body:
            self.s3.put_object(
                **self._here,
                Key=file.key,
                Body=body,
                ContentType=file.content_type,
                CacheControl=file.cache_control,
                ChecksumAlgorithm="SHA256",
                ChecksumSHA256=file.sha256,  # a file that changed since it was read is refused by S3
            )

    def _mark(self, key: str, now: datetime) -> None:
        was = self.s3.head_object(**self._here, Key=key)
        self.s3.copy_object(
            **self._here,
            ExpectedSourceBucketOwner=self.scope.account_id,
            Key=key,
            CopySource={"Bucket": self.bucket, "Key": key},
            CopySourceIfMatch=was["ETag"],
            MetadataDirective="REPLACE",
            Metadata={LEFT: now.isoformat(timespec="seconds")},
            ContentType=was.get("ContentType", "application/octet-stream"),
            **({"CacheControl": was["CacheControl"]} if "CacheControl" in was else {}),
            ChecksumAlgorithm="SHA256",
        )

    def _forget(self, note: Note) -> None:
        missing = f"there is no distribution {self.distribution}, which stage {self.scope.stage} names: bring it up"
        with told("have CloudFront forget what changed", otherwise={"NoSuchDistribution": missing}):
            made = self.cloudfront.create_invalidation(
                DistributionId=self.distribution,
                InvalidationBatch={
                    "CallerReference": note.reference,
                    "Paths": {"Quantity": len(note.paths), "Items": list(note.paths)},
                },
            )
            waiting = self.cloudfront.get_waiter("invalidation_completed")
            try:
                waiting.wait(
                    DistributionId=self.distribution,
                    Id=made["Invalidation"]["Id"],
                    WaiterConfig={"Delay": _SECONDS, "MaxAttempts": _TIMES},
                )
            except WaiterError as problem:
                raise ShipError(
                    f"the files are there, but CloudFront has not said in {_SECONDS * _TIMES // 60} minutes that it "
                    f"forgot the old ones ({problem}); run the same again: it waits on"
                ) from None


def found(session: Any, scope: Scope) -> Site:
    """Where the front end of a stage is, as the stage itself says.

    Raises:
        ShipError: another account's credentials, a stage that is not up, or no bucket.
    """
    caller = caller_of(session, scope, told)
    known = contract_of(session, scope, told)
    bucket = known["site_bucket"]
    s3 = session.client("s3", region_name=scope.region)
    missing = f"there is no bucket {bucket}, which stage {scope.stage} names: bring the stage up"
    with told(f"see the bucket {bucket}", otherwise={"404": missing, "NoSuchBucket": missing}):
        s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=scope.account_id)
    return Site(
        scope=scope,
        caller=caller,
        bucket=bucket,
        distribution=known["distribution_id"],
        s3=s3,
        cloudfront=session.client("cloudfront", region_name=scope.region),
    )


def _at_once(do: Callable[[_Given], _Made], each: Iterable[_Given]) -> list[_Made]:
    """Do some at a time; after one that fails none begins, and it is told once those that had begun have ended."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        try:
            return list(pool.map(do, each))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
