"""Structured logs (REQ-O3): a JSON object a line on standard output, with the trace that it belongs to.

The keys are the columns that the lake reads (components/data/tables.py: timestamp, level, service, trace_id, message);
what is given as `extra` comes beside them.
"""

import logging
import sys
import time
from typing import Any

from opentelemetry import trace
from pythonjsonlogger.json import JsonFormatter


class Formatter(JsonFormatter):
    """The record as JSON."""

    converter = time.gmtime  # in UTC, wherever the machine is

    def __init__(self, service: str) -> None:
        super().__init__("%(message)s")  # pyright: ignore[reportUnknownMemberType] -- a callable without types
        self._service = service

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Say when, how bad, who and in which trace."""
        super().add_fields(log_data, record, message_dict)
        log_data.pop("color_message", None)  # uvicorn's, for terminals
        log_data["timestamp"] = self.formatTime(record, "%Y-%m-%dT%H:%M:%S") + f".{int(record.msecs):03}Z"
        log_data["level"] = "fatal" if record.levelno >= logging.CRITICAL else record.levelname.lower()
        log_data["logger"] = record.name
        log_data["service"] = self._service
        span = trace.get_current_span().get_span_context()
        if span.is_valid:
            log_data["trace_id"] = trace.format_trace_id(span.trace_id)
            log_data["span_id"] = trace.format_span_id(span.span_id)


def write(service: str, level: str) -> None:
    """From here on, everything that is logged in this process is such a line."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(Formatter(service))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = name != "uvicorn.access"  # our own line of a request has its trace
    for name in ("botocore", "httpx2", "httpcore2", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)
