"""Puts the faults of a plan between the engine and any provider: docs/faults.md says what each does.

It stands before the account's ledger (sandbox/provider/account.py): whatever happens here, the ledger says what exists.
"""
# pyright: reportUnknownMemberType=false, reportUnknownParameterType=false, reportMissingParameterType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
# ruff: noqa: N802, D102 -- the protocol names the methods, and documents them

import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import grpc
from google.rpc import status_pb2

from sandbox.faults.grammar import Fault, Kind, Moment, Operation
from sandbox.faults.plan import Plan
from sandbox.faults.process import die, engine_of, kill
from sandbox.faults.voice import Voice
from sandbox.ledger import Ledger, Thing, type_of
from sandbox.protocol import provider_pb2 as protocol
from sandbox.provider.account import plain, reading
from sandbox.provider.calls import Calls, Inner

# Back-off between attempts in s: doubled each time and drawn from its upper half, as AWS's SDKs do it, at a hundredth
# of their pace.
FIRST_WAIT, LONGEST_WAIT = 0.01, 0.2
SLOW_STEP = 0.5  # s between two messages of a slow create
_DETAILS = "grpc-status-details-bin"  # where gRPC keeps what is richer than a code and a sentence


class Injection(Calls):
    """Strikes the calls that its plan names."""

    def __init__(self, plan: Plan, ledger: Ledger) -> None:
        self._plan = plan
        self._ledger = ledger
        self._voice = Voice()
        self._lock = threading.Lock()
        self._unseen: dict[str, tuple[Fault, frozenset[str]]] = {}  # by URN: what is not to be found yet, by id and ARN
        self._die: Callable[[], None] = lambda: None

    def serves(self, server: grpc.Server, port: int) -> None:
        """Learn what is the provider's process, as far as the engine can tell."""
        self._die = lambda: die(server, port)

    def Handshake(self, inner: Inner, request, context: grpc.ServicerContext):
        self._voice.hears(context, request.engine_address)
        return inner(request, context)

    def Attach(self, inner: Inner, request, context: grpc.ServicerContext):
        self._voice.hears(context, request.address)
        return inner(request, context)

    def Create(self, inner: Inner, request, context: grpc.ServicerContext):
        if request.preview:
            return inner(request, context)
        self._wait_for_what_it_needs(request, context)
        self._take_time(request, context)
        response = self._struck(Operation.CREATE, inner, request, context)
        lag = self._plan.striking(Kind.LAG, request.urn, Operation.CREATE)
        if lag:
            arn = plain(response.properties).get("arn")
            with self._lock:
                self._unseen[request.urn] = lag, frozenset(filter(None, (response.id, arn)))
        if self._plan.striking(Kind.ORPHAN, request.urn, Operation.CREATE):
            _fail(context, Kind.ORPHAN, request, "RequestTimeout: the answer to the create never came")
        if self._plan.striking(Kind.PARTIAL, request.urn, Operation.CREATE):
            _fail_half(context, request, response)
        return response

    def Read(self, inner: Inner, request, context: grpc.ServicerContext):
        unreadable = self._plan.striking(Kind.UNREADABLE, request.urn, Operation.READ)
        if unreadable and self._plan.use(unreadable, request.urn):
            return protocol.ReadResponse()
        found = self._ledger.find(request.urn, request.id)
        stale = self._plan.striking(Kind.STALE, request.urn, Operation.READ)
        if found and found.earlier and stale and self._plan.use(stale, request.urn):
            return reading(_earlier(found))
        return self._struck(Operation.READ, inner, request, context)

    def Update(self, inner: Inner, request, context: grpc.ServicerContext):
        if request.preview:
            return inner(request, context)
        return self._struck(Operation.UPDATE, inner, request, context)

    def Delete(self, inner: Inner, request, context: grpc.ServicerContext):
        attached = self._plan.striking(Kind.ATTACHED, request.urn, Operation.DELETE)
        if attached:
            refusal = f"DependencyViolation: {request.id} has a dependent object: a network interface is still attached"
            self._ask_again(attached, request.urn, request, context, refusal)
        return self._struck(Operation.DELETE, inner, request, context)

    def _struck(self, operation: Operation, inner: Inner, request, context: grpc.ServicerContext) -> Any:
        """Do what is asked, with what may happen to any call."""
        throttle = self._plan.striking(Kind.THROTTLE, request.urn, operation)
        if throttle:
            self._ask_again(throttle, request.urn, request, context, "ThrottlingException: Rate exceeded")
        losses = [fault for kind in _LOSSES if (fault := self._plan.striking(kind, request.urn, operation))]
        self._lose(losses, Moment.BEFORE, request, context)
        response = inner(request, context)
        self._lose(losses, Moment.AFTER, request, context)
        return response

    def _ask_again(self, fault: Fault, owner: str, request, context: grpc.ServicerContext, refusal: str) -> None:
        """Try until the fault of `owner` has no refusal left, or the provider no retry."""
        for attempt in range(fault.retries + 1):
            if not self._plan.use(fault, owner):
                return
            if attempt < fault.retries:
                time.sleep(min(FIRST_WAIT * 2**attempt, LONGEST_WAIT) * random.uniform(0.5, 1))  # noqa: S311
        _fail(context, fault.kind, request, f"{refusal} (gave up after {fault.retries + 1} attempts)")

    def _wait_for_what_it_needs(self, request, context: grpc.ServicerContext) -> None:
        with self._lock:
            unseen = dict(self._unseen)
        mentioned = set(_texts(plain(request.properties))) if unseen else set[str]()
        for owner, (fault, names) in unseen.items():
            if owner != request.urn and not names.isdisjoint(mentioned):
                refusal = f"{type_of(owner)}: NotFound: {', '.join(sorted(names))} does not exist"
                self._ask_again(fault, owner, request, context, refusal)

    def _take_time(self, request, context: grpc.ServicerContext) -> None:
        slow = self._plan.striking(Kind.SLOW, request.urn, Operation.CREATE)
        for step in range(slow.times if slow else 0):
            time.sleep(SLOW_STEP)
            self._voice.says(context, request.urn, f"still creating: {(step + 1) * SLOW_STEP:.1f} s so far")

    def _lose(self, losses: list[Fault], moment: Moment, request, context: grpc.ServicerContext) -> None:
        for fault in losses:
            if fault.moment is not moment or not self._plan.use(fault, request.urn, 1):
                continue
            if fault.kind is Kind.KILL:
                engine = engine_of(context)
                if fault.delay:
                    later = threading.Timer(fault.delay / 1000, kill, [engine])
                    later.daemon = True
                    later.start()
                    return
                kill(engine)
            else:
                self._die()
            _fail(context, fault.kind, request, "nobody is left to hear this")


_LOSSES = (Kind.KILL, Kind.DIE)


def _fail(context: grpc.ServicerContext, kind: Kind, request, reason: str) -> NoReturn:
    """Answer with an error alone, as a provider in Go returns one."""
    context.abort(grpc.StatusCode.UNKNOWN, f"{reason} [{kind.value}, injected into {type_of(request.urn)}]")
    raise AssertionError("abort raises")  # its stub does not say so


def _fail_half(context: grpc.ServicerContext, request, made: protocol.CreateResponse) -> NoReturn:
    """Answer that the object exists, as which id, and what of it failed."""
    reason = f"it was made, and never became ready [partial, injected into {type_of(request.urn)}]"
    detail = protocol.ErrorResourceInitFailed(
        id=made.id, properties=made.properties, inputs=request.properties, reasons=[reason]
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=reason)
    status.details.add().Pack(detail)
    context.set_trailing_metadata(((_DETAILS, status.SerializeToString()),))
    _abort(context, reason)


def _abort(context: grpc.ServicerContext, reason: str) -> NoReturn:
    context.abort(grpc.StatusCode.UNKNOWN, reason)
    raise AssertionError("abort raises")


def _earlier(thing: Thing) -> Thing:
    inputs, outputs = thing.earlier or (thing.inputs, thing.outputs)
    return Thing(urn=thing.urn, id=thing.id, inputs=inputs, outputs=outputs)


def _texts(value: Any) -> Iterator[str]:
    """Every text in a structure but its tags, which name things without needing them."""
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _texts(item)
        case dict():
            for name, item in value.items():
                if name not in ("tags", "tagsAll"):
                    yield from _texts(item)
        case _:
            return
