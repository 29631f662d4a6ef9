"""The coordinator of a run: what to replay, what to send, when to wait, what a failure means, when to stop.

It runs in the caller's thread; workers make single attempts and nothing else, so no decision needs a lock.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import math
import queue
import time
import uuid
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import numpy as np

from alia_judge._advice import advice
from alia_judge._messages import joined, message, message_of
from alia_judge.errors import BudgetError, ChangedWarning, Interrupted, ModelError, StoreError
from alia_judge.judging.judge import Judge
from alia_judge.models.secrets import redact
from alia_judge.records import Item, Usage, Verdict
from alia_judge.runner.failures import FailureWatch
from alia_judge.runner.faults import Fault, fault_of
from alia_judge.runner.interrupts import deferred_interrupts, how_to_resume
from alia_judge.runner.options import Judged, Progress, RunOptions
from alia_judge.runner.pace import Pace
from alia_judge.runner.store import LEASE, VerdictStore
from alia_judge.runner.trouble import cause_of, in_words, place_of
from alia_judge.runner.workers import Outcome, workers_for

__all__ = ["UNSENT", "Coordinator"]

#: Items looked up in the store at once.
_CHUNK = 512
#: How far the run may read ahead of the verdict that is to be given out next.
_WINDOW = 4 * _CHUNK
#: Failures of one kind, before any answer, after which the model is to blame and not the items.
_SAME_FAILURES = 10
#: Share of the patience for which a server that only ever says later is asked, where others wait for their turn.
_NOTHING = 0.95
#: Seconds between two reports while nothing happens.
_HEARTBEAT = 1.0
#: What is said of an item that nobody pays for any more; it costs nothing and is not stored.
UNSENT = Verdict(
    unscored="missing",
    detail=message("the calls that were allowed were spent before this was asked"),
    usage=Usage(cost=0.0),
)
#: Seconds between two looks for a verdict that another process is paying for, or at a store that could not be used.
_LOOK_AGAIN = 0.5


@dataclass(kw_only=True, eq=False)
class _Job:
    """One verdict to be paid for, and those that wait for the same one."""

    index: int
    item: Item
    digest: str
    sample: int
    attempts: int = 0
    sent_at: float = 0.0
    first_sent_at: float = 0.0
    twins: list[tuple[int, Item]] = field(default_factory=list)


@dataclass(kw_only=True)
class _Counts:
    """The counts of `Progress`, as they change with every verdict."""

    done: int = 0
    paid: int = 0
    replayed: int = 0
    unscored: int = 0
    failed: int = 0
    retries: int = 0
    sent: int = 0
    cost: float = 0.0


class Coordinator:
    """One run; the parameters are those of `run`."""

    def __init__(
        self,
        judge: Judge,
        items: Iterable[Item],
        store: VerdictStore | None,
        options: RunOptions,
        progress: Callable[[Progress], None] | None,
        *,
        first_sample: int = 0,
    ) -> None:
        self._read_out = judge.read  # looked up once: DSPy's modules take their time over every attribute
        self._first_sample = first_sample
        self._bulk = judge.for_bulk()
        self._workers, most = workers_for(self._bulk, options)
        self._pace = Pace(most, np.random.default_rng(options.seed))
        self._place = place_of(self._bulk.lm)
        self._watch = FailureWatch(options.patience, self._workers.time_limit, self._place)
        self._configuration = judge.configuration()
        self._model = judge.lm_identity()
        self._store = store
        self._options = options
        self._report = progress
        self._source = iter(items)
        total = len(items) * options.samples if isinstance(items, Sized) else None
        self._total = total
        self._counts = _Counts()
        self._started = time.monotonic()
        self._dearest: float | None = None
        self._exhausted = False
        self._read = 0  # verdicts asked for so far
        self._given = 0  # verdicts given out so far
        self._fresh: deque[_Job] = deque()
        self._open: dict[tuple[str, int], _Job] = {}  # every job without a verdict
        self._later: list[tuple[float, int, _Job]] = []  # a heap, by when to try again
        self._in_flight = 0
        self._unsaved: list[tuple[_Job, Verdict]] = []  # answered, and about to be written
        # Of several processes on one store, the one whose claim it has may ask for a verdict.
        self._claims = store is not None and store.shared
        self._holder = uuid.uuid4().hex
        self._renewed = self._looked = -math.inf
        self._elsewhere: list[_Job] = []  # asked for by another process just now
        self._revisions: set[str] = set()  # who has answered, by the server's word
        self._asked_again: set[tuple[str, int]] = set()
        self._stuck_since = math.nan  # since when the store could not be used
        self._finished = self._workers.finished  # an empty list wakes, and is nothing
        self._interrupted = False
        self._ready: dict[int, Judged] = {}
        self._failures: list[str] = []
        self._fatal: Exception | None = None

    def verdicts(self) -> Iterator[Judged]:
        """The run itself.

        Interrupts are put off while it sends and saves, and take their usual course while the caller has a verdict.
        """
        with self._workers, _quiet_about_truncation():
            try:
                while True:
                    with deferred_interrupts(self._interrupt):
                        going = self._step()
                    yield from self._in_order()
                    if not going:
                        break
                if self._fatal is not None:
                    raise self._fatal
            finally:
                self._drain()
                self._leave()

    def _step(self) -> bool:
        """Send what may be sent, wait for an answer, save it; False at the end, whatever brought it."""
        self._send()
        self._collect()
        if self._interrupted:
            self._drain()
            self._fatal = Interrupted(self._how_to_resume())
        elif self._fatal is not None:
            self._drain()
        elif self._done():
            self._tell()  # the last of it may have come from another process
            self._blame_the_model_at_the_end()
        else:
            return True
        return False

    def _interrupt(self) -> None:
        self._interrupted = True
        self._finished.put([])

    def _how_to_resume(self) -> str:
        return how_to_resume(self._store, self._counts.done)

    # --- Taking and sending ---

    def _done(self) -> bool:
        if self._fresh or self._later or self._in_flight or self._unsaved or self._elsewhere:
            return False
        self._take()
        return self._exhausted and not self._open

    def _take(self) -> None:
        """Read the next items, and replay those the store holds."""
        while not self._exhausted and not self._fresh and self._read - self._given < _WINDOW:
            chunk = list(itertools.islice(self._source, _CHUNK))
            self._exhausted = len(chunk) < _CHUNK
            digests = [item.digest() for item in chunk]
            for nth in range(self._options.samples):
                self._look_up(chunk, digests, nth)
            self._read += len(chunk) * self._options.samples
            self._tell()
            if self._ready:
                return

    def _look_up(self, chunk: list[Item], digests: list[str], nth: int) -> None:
        sample = self._first_sample + nth
        known = {} if self._store is None else self._stored(self._store, sample, digests)
        for place, (item, digest) in enumerate(zip(chunk, digests, strict=True)):
            index = self._read + place * self._options.samples + nth
            if digest in known:
                self._settle(index, item, sample, known[digest], replayed=True)
            elif (digest, sample) in self._open:
                self._open[digest, sample].twins.append((index, item))
            else:
                job = _Job(index=index, item=item, digest=digest, sample=sample)
                self._open[digest, sample] = job
                self._fresh.append(job)

    def _stored(self, store: VerdictStore, sample: int, digests: list[str]) -> dict[str, Verdict]:
        """What the store holds, but for what is to be asked again."""
        known = store.get(self._configuration, self._model, sample, digests)
        if self._options.ask_again:
            asked = self._asked_again
            again = [
                digest
                for digest, verdict in known.items()
                if verdict.unscored in self._options.ask_again and (digest, sample) not in asked
            ]
            store.ask_anew(self._configuration, self._model, sample, again)
            asked |= {(digest, sample) for digest in again}
            known = {digest: verdict for digest, verdict in known.items() if digest not in set(again)}
        return known

    def _send(self) -> None:
        if self._interrupted or self._fatal is not None:
            return
        now = time.monotonic()
        if now - self._looked < _LOOK_AGAIN and not math.isnan(self._stuck_since):
            return  # what is paid for is to be written before more is
        self._ask_again_for_others(now)
        sent: list[_Job] = []
        while self._in_flight < self._pace.limit and self._pace.wait(now) == 0.0:
            self._take()
            again = bool(self._later) and self._later[0][0] <= now
            if not again and not self._fresh:
                break
            if not self._affordable():
                if not (self._in_flight or self._unsaved):
                    self._fatal = self._out_of_budget()
                break
            job = heapq.heappop(self._later)[2] if again else self._fresh.popleft()
            job.attempts += 1
            job.sent_at = now
            job.first_sent_at = job.first_sent_at or now
            self._in_flight += 1
            sent.append(job)
        if sent and self._claims:
            sent = self._claimed(sent, now)
        elif sent and self._options.payer and self._store is not None:
            sent = self._paid_for(sent)
        if sent:
            self._counts.sent += len(sent)
            self._watch.sending(now, self._in_flight - len(sent))
            self._workers.start(sent)

    def _claimed(self, jobs: list[_Job], now: float) -> list[_Job]:
        """Those of the jobs that are this process's to ask; of the others the verdict is there, or on its way."""
        if self._store is None:
            return jobs
        mine: list[_Job] = []
        again = [job for job in jobs if job.attempts > 1]  # under the claim that it has
        if again and not self._options.payer:
            mine += again
        elif again:
            try:
                mine += self._paid_for(again)
            except StoreError as error:
                self._stuck(error, now)
                for job in again:
                    job.attempts -= 1
                    self._in_flight -= 1
                    heapq.heappush(self._later, (now + _LOOK_AGAIN, job.index, job))
        for sample in {job.sample for job in jobs}:
            new = {job.digest: job for job in jobs if job.sample == sample and job.attempts == 1}
            if not new:
                continue
            try:
                found = self._store.claim(
                    self._configuration,
                    self._model,
                    sample,
                    list(new),
                    holder=self._holder,
                    payer=self._options.payer,
                    most=self._options.allowance,
                    wait=0.0,
                )
            except StoreError as error:
                self._stuck(error, now)
                self._put_back(new.values())
                continue
            self._renewed = now
            for digest, job in new.items():
                if digest in found.granted:
                    mine.append(job)
                elif digest in found.there:
                    self._in_flight -= 1
                    self._close(job, found.there[digest], replayed=True)
                elif digest in found.unpaid:
                    self._in_flight -= 1
                    self._close(job, UNSENT, failed=True)
                else:
                    self._in_flight -= 1
                    self._elsewhere.append(job)
        return mine

    def _paid_for(self, jobs: list[_Job]) -> list[_Job]:
        """Those of the jobs that may be sent in the payer's name; nobody asks about the others any more."""
        if self._store is None:
            return jobs
        may = self._store.pay(self._options.payer, len(jobs), self._options.allowance)
        for job in jobs[may:]:
            self._in_flight -= 1
            self._close(job, UNSENT, failed=True)
        return jobs[:may]

    def _put_back(self, jobs: Iterable[_Job]) -> None:
        for job in jobs:
            job.attempts, job.first_sent_at = 0, 0.0
            self._in_flight -= 1
            self._fresh.appendleft(job)

    def _ask_again_for_others(self, now: float) -> None:
        """Look for the verdicts that other processes were asking for; whose claim has lapsed is asked here."""
        if not self._elsewhere or now - self._looked < _LOOK_AGAIN:
            return
        self._looked = now
        waiting, self._elsewhere = self._elsewhere, []
        self._in_flight += len(waiting)
        self._put_back(waiting)

    # --- Answers ---

    def _collect(self) -> None:
        """Wait for something to happen, and deal with all that has; verdicts to give out do not wait."""
        if not (self._in_flight or self._later or self._unsaved or self._elsewhere):
            return
        outcomes: list[Outcome] = []
        try:
            outcomes += self._finished.get(timeout=0.0 if self._given in self._ready else self._patience_now())
            while True:
                outcomes += self._finished.get_nowait()
        except queue.Empty:
            pass
        self._in_flight -= len(outcomes)
        now = time.monotonic()
        for job, outcome in outcomes:
            if isinstance(outcome, BaseException):
                self._failed(job, outcome)
            else:
                self._pace.answered()
                self._watch.answered(now)
                self._unsaved.append((job, outcome))
        if not self._in_flight:
            self._give_up_on_silence(now)
        self._send()  # the server need not wait while this thread writes
        self._save()
        self._tell()

    def _patience_now(self) -> float | None:
        """How long nothing but an answer can change anything, or what there is to tell."""
        now = time.monotonic()
        waits = [due - now for due, _, _ in self._later[:1]]
        if self._report is not None:
            waits.append(_HEARTBEAT)
        if self._elsewhere or not math.isnan(self._stuck_since):
            waits.append(_LOOK_AGAIN)
        if self._claims:
            waits.append(LEASE / 4)
        if not (self._in_flight or math.isnan(end := self._watch.ends_in(now))):
            waits.append(end)
        if self._fresh and self._in_flight < self._pace.limit and (pause := self._pace.wait(now)):
            waits.append(pause)
        return max(0.0, min(waits)) if waits else None

    def _save(self) -> None:
        """Write first, then count; what cannot be written just now is kept, and nothing more is sent until it is."""
        now = time.monotonic()
        if not math.isnan(self._stuck_since) and now - self._looked < _LOOK_AGAIN:
            return
        answered, self._unsaved = self._unsaved, []
        if self._store is not None:
            try:
                for sample in {job.sample for job, _ in answered}:
                    rows = [(job.digest, verdict) for job, verdict in answered if job.sample == sample]
                    holder = self._holder if self._claims else ""
                    self._store.put(self._configuration, self._model, sample, rows, holder=holder, wait=0.0)
                if self._claims and now - self._renewed > LEASE / 4:
                    self._store.renew(self._holder)
                    self._renewed = now
                self._stuck_since = math.nan
            except StoreError as error:
                self._unsaved = answered + self._unsaved
                self._stuck(error, now)
                return
        self._hear(verdict.revision for _, verdict in answered)
        for job, verdict in answered:
            cost = verdict.usage.cost
            self._counts.paid += 1
            self._counts.cost += math.nan if cost is None else cost
            if cost is not None:
                self._dearest = max(cost, self._dearest or 0.0)
            self._close(job, verdict)

    def _hear(self, revisions: Iterable[str]) -> None:
        """Tell it when somebody else answers to the model's name than did before, in this run or an earlier one."""
        for revision in dict.fromkeys(revisions):
            if not revision or revision in self._revisions:
                continue
            known = self._revisions | (set() if self._store is None else self._store.revisions(self._model))
            if known and revision not in known:
                before = ", ".join(sorted(known))
                warnings.warn(
                    message(
                        "{place} answers as {revision!r} now, and as {before!r} before: verdicts under one "
                        "key are of both; ask for a dated model, or keep a store for each",
                        place=self._place,
                        revision=revision,
                        before=before,
                    ),
                    ChangedWarning,
                    stacklevel=2,
                )
            self._revisions = known | {revision}
            if self._store is not None and revision not in known:
                self._store.revisions(self._model, revision)

    def _stuck(self, error: StoreError, now: float) -> None:
        """The store cannot be used: say so once, and give up when it lasts as long as an item may."""
        self._looked = now
        if math.isnan(self._stuck_since):
            self._stuck_since = now
            kept = (
                message("{n} paid verdicts are kept until they are written", n=len(self._unsaved))
                if self._unsaved
                else message("waiting")
            )
            warnings.warn(joined([message_of(error), kept], "; "), ChangedWarning, stacklevel=2)
        elif now - self._stuck_since > self._options.patience and self._fatal is None:
            self._fatal = StoreError(
                message(
                    "{error}; it has been so for {now:.0f} s, and {n} paid verdicts could not be written",
                    error=message_of(error),
                    now=now - self._stuck_since,
                    n=len(self._unsaved),
                )
            )

    def _leave(self) -> None:
        """End the claims: others need not wait for them to lapse."""
        if self._claims and self._store is not None and self._renewed > -math.inf:
            with suppress(StoreError):
                waiting = [job for _, _, job in self._later]  # failed so far, and not to be tried again
                for sample in {job.sample for job in waiting}:
                    self._release([job.digest for job in waiting if job.sample == sample], sample)
                self._store.leave(self._holder)

    def _release(self, digests: list[str], sample: int) -> None:
        if self._claims and self._store is not None:
            self._store.release(self._configuration, self._model, sample, digests, holder=self._holder)

    def _close(self, job: _Job, verdict: Verdict, *, failed: bool = False, replayed: bool = False) -> None:
        del self._open[job.digest, job.sample]
        self._watch.settled(job.index)
        if failed:
            self._release([job.digest], job.sample)
        self._settle(job.index, job.item, job.sample, verdict, replayed=replayed)
        for index, item in job.twins:
            self._settle(index, item, job.sample, verdict, replayed=not failed)
        if failed:
            self._counts.failed += 1 + len(job.twins)

    def _settle(self, index: int, item: Item, sample: int, raw: Verdict, *, replayed: bool) -> None:
        verdict = self._read_out(raw)
        self._ready[index] = Judged(item=item, sample=sample, verdict=verdict, raw=raw, replayed=replayed)
        self._counts.done += 1
        self._counts.replayed += replayed
        self._counts.unscored += verdict.unscored is not None

    def _in_order(self) -> Iterator[Judged]:
        while self._given in self._ready:
            judged = self._ready.pop(self._given)
            self._given += 1
            yield judged

    # --- Failures ---

    def _failed(self, job: _Job, error: BaseException) -> None:
        fault = fault_of(error, self._bulk.lm)
        if fault is None:
            self._fatal = error if isinstance(error, Exception) else ModelError(str(error))
            return
        now = time.monotonic()
        asked = None if fault.retry_after is None else min(fault.retry_after, self._options.patience)
        redact(error, self._bulk.lm)
        self._watch.failed(now, fault, cause_of(error, self._place))
        if fault.pushback:
            self._pace.pushed_back(now, job.sent_at, asked)
        if fault.consequence == "model":
            self._fatal = ModelError(message("the model cannot be used: {detail}", detail=fault.detail))
        elif fault.consequence == "retry" and self._try_again(job, asked, now):
            self._counts.retries += 1
        elif (
            fault.pushback and self._watch.nothing_for(now) > _NOTHING * self._options.patience and len(self._open) > 1
        ):
            self._fatal = ModelError(self._nothing_let_through(fault))
        else:
            self._failures.append(fault.detail)
            self._close(job, Verdict(unscored="error", detail=fault.detail), failed=True)
            if len(self._failures) >= _SAME_FAILURES:
                self._blame_the_model()

    def _try_again(self, job: _Job, asked: float | None, now: float) -> bool:
        """Put the job off, unless its time is up or the model has never answered; the last try is when it is."""
        ends = job.first_sent_at + self._options.patience
        due = min(ends, now + self._pace.backoff(job.attempts, asked))
        if now >= ends:
            return False
        self._watch.tried_again(job.index, now, job.first_sent_at)
        self._give_up_on_silence(now)
        heapq.heappush(self._later, (due, job.index, job))
        return True

    def _nothing_let_through(self, fault: Fault) -> str:
        """One sentence on a server that only ever says later."""
        asks = (
            ""
            if fault.retry_after is None
            else message(", and asks to wait {in_words} more", in_words=in_words(fault.retry_after))
        )
        return message(
            "the server has let nothing through for {patience:.0f} s, which is the patience of "
            "this run{asks} ({detail}); {how_to_resume}, or give more patience",
            patience=self._options.patience,
            asks=asks,
            detail=fault.detail,
            how_to_resume=self._how_to_resume(),
        )

    def _give_up_on_silence(self, now: float) -> None:
        """A model that has not answered once is not tried for as long as an item is."""
        if self._fatal is None and self._watch.ends_in(now) <= 0:
            self._fatal = ModelError(
                message(
                    "the model has not answered once in {silent_for:.0f} s of trying: {detail}; check "
                    "that its server runs and that api_base points to it",
                    silent_for=self._watch.silent_for(now),
                    detail=self._watch.detail,
                )
            )

    def _blame_the_model(self) -> None:
        """Where nothing was ever answered and every failure is of one kind, the items are not to blame."""
        kinds = {detail.split(":", 1)[0] for detail in self._failures}
        if not self._counts.paid and len(kinds) == 1:
            self._fatal = ModelError(
                message(
                    "all of the first {n} calls failed in the same way: {failures}",
                    n=len(self._failures),
                    failures=self._failures[0],
                )
            )

    def _blame_the_model_at_the_end(self) -> None:
        if len(self._failures) > 1 and self._counts.failed == self._counts.done:
            self._blame_the_model()

    # --- Stopping ---

    def _affordable(self) -> bool:
        options, flying = self._options, self._in_flight + len(self._unsaved)
        if options.max_calls is not None and self._counts.paid + flying >= options.max_calls:
            return False
        if options.max_cost is None:
            return True
        if self._dearest is None:  # nothing is priced yet: one call finds out
            return flying == 0 and self._counts.paid == 0
        return self._counts.cost + (flying + 1) * self._dearest <= options.max_cost

    def _out_of_budget(self) -> BudgetError:
        if self._options.max_cost is not None and self._counts.paid and self._dearest is None:
            return BudgetError(
                message(
                    "the cost cannot be bounded: the model {model} has no known price; say it ({advice}), "
                    "or bound the calls instead",
                    model=self._model,
                    advice=advice(python="resolve_lm(..., price=)", command=message("--price IN,OUT")),
                )
            )
        return BudgetError(
            message(
                "the budget is spent after {paid} calls ({cost:.4f} dollars) with items left; {how_to_resume}",
                paid=self._counts.paid,
                cost=self._counts.cost,
                how_to_resume=self._how_to_resume(),
            )
        )

    def _drain(self) -> None:
        """Send nothing more; wait for what is in flight and save it. A second Ctrl-C does not wait."""
        deadline = time.monotonic() + self._options.timeout
        while self._in_flight and (left := deadline - time.monotonic()) > 0:
            try:
                outcomes = self._finished.get(timeout=left)
            except queue.Empty:
                break
            self._in_flight -= len(outcomes)
            self._unsaved += [(job, outcome) for job, outcome in outcomes if isinstance(outcome, Verdict)]
        self._save()
        while self._unsaved and not isinstance(self._fatal, StoreError):
            time.sleep(_LOOK_AGAIN)
            self._save()

    def _tell(self) -> None:
        if self._report is not None:
            now = time.monotonic()
            trouble = self._watch.trouble(now, self._in_flight)
            counts = vars(self._counts)
            self._report(Progress(total=self._total, seconds=now - self._started, trouble=trouble, **counts))


@contextmanager
def _quiet_about_truncation() -> Iterator[None]:
    """DSPy warns of every truncated answer; here each verdict says so itself, and a run may have thousands."""

    def keep(record: logging.LogRecord) -> bool:
        return "truncated" not in record.getMessage()

    logger = logging.getLogger("dspy.clients.lm")
    logger.addFilter(keep)
    try:
        yield
    finally:
        logger.removeFilter(keep)
