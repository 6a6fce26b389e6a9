"""Limits on calls that hold across hosts, kept in Redis and by its clock.

A place is a lease that ends by itself: its holder renews it while its call lasts, so a process
that is killed gives its places back within seconds. All places of one call are taken by one
script, or none of them.
"""

import hashlib
import logging
import os
import random
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from outbound.errors import ConfigurationError
from outbound.governor import LONGEST_PAUSE, Gate, NoPlace, Use, all_taken, asked_to_wait

logger = logging.getLogger(__name__)

_ABSENT_SECONDS = 2.0  # who waits and did not ask for so long is gone
_POLL_SECONDS = 0.005
_LONGEST_POLL = 0.25
_ANSWER_SECONDS = 2.0  # how long Redis may take

# Of each gate: `leases` (who is in, until when), `waiting` (who wants in, when they last asked;
# their names sort by arrival), `due` (the next call by the rate), `paused`.
#
# Whoever came first goes first. One waits at the gates that are full and at no other: so callers
# of one full connection do not keep those of another from the PIM.
_TAKE = """
local lease, lease_us, absent_us, ticket = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
if ticket == '' then ticket = string.format('%020.0f', now) .. lease end
local gates = {}
for gate = 0, #KEYS / 4 - 1 do
  gates[gate + 1] = {
    leases = KEYS[4 * gate + 1], waiting = KEYS[4 * gate + 2],
    due = KEYS[4 * gate + 3], paused = KEYS[4 * gate + 4],
    concurrent = tonumber(ARGV[2 * gate + 5]), turns = tonumber(ARGV[2 * gate + 6]),
  }
end

local paused = 0
for _, gate in ipairs(gates) do
  redis.call('ZREM', gate.leases, lease)  -- of a try whose answer was lost
  paused = math.max(paused, redis.call('PTTL', gate.paused))
end
if paused > 0 then
  for _, gate in ipairs(gates) do redis.call('ZREM', gate.waiting, ticket) end
  return {'paused', paused, ''}
end

local most_ahead = -1
for _, gate in ipairs(gates) do
  redis.call('ZREMRANGEBYSCORE', gate.leases, '-inf', now)
  redis.call('ZREMRANGEBYSCORE', gate.waiting, '-inf', now - absent_us)
  local ahead = 0
  for _, other in ipairs(redis.call('ZRANGE', gate.waiting, 0, -1)) do
    if other < ticket then ahead = ahead + 1 end
  end
  if redis.call('ZCARD', gate.leases) + ahead >= gate.concurrent then
    redis.call('ZADD', gate.waiting, now, ticket)
    redis.call('PEXPIRE', gate.waiting, math.ceil(absent_us / 1000))
    most_ahead = math.max(most_ahead, ahead)
  else
    redis.call('ZREM', gate.waiting, ticket)
  end
end
if most_ahead >= 0 then return {'full', most_ahead, ticket} end

local wait = 0
for _, gate in ipairs(gates) do
  redis.call('ZADD', gate.leases, now + lease_us, lease)
  redis.call('PEXPIRE', gate.leases, math.ceil(lease_us / 1000))
  if gate.turns > 0 then
    local due = tonumber(redis.call('GET', gate.due) or 0)
    if due < now or due > now + 60000000 then due = now end  -- the clock may be set back
    redis.call('SET', gate.due, due + 1000000 / gate.turns, 'PX', 60000)
    wait = math.max(wait, due - now)
  end
end
return {'taken', math.ceil(wait), ''}
"""

# A lease that has ended is not taken anew: somebody else may have the place by now.
_RENEW = """
local time = redis.call('TIME')
local ends = time[1] * 1000000 + time[2] + tonumber(ARGV[1])
for index, leases in ipairs(KEYS) do
  redis.call('ZADD', leases, 'XX', ends, ARGV[index + 1])
  redis.call('PEXPIRE', leases, math.ceil(ARGV[1] / 1000))
end
"""

_PAUSE = """
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
end
"""


class RedisGovernor:
    """A Limiter for any number of hosts that share a Redis.

    One for a whole process: threads share it, and a forked child may go on using it. While Redis
    cannot be reached nobody gets through: NoPlace, so that it is tried again.
    """

    def __init__(
        self,
        url: str,
        *,
        max_wait: float = 60,
        max_pause: float = 2,
        lease: float = 10,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Seconds: `max_wait` for a free place, `max_pause` for the end of a pause.

        `lease`: until a killed process has lost its places. Raises ConfigurationError for what is
        no address.
        """
        self._max_wait = max_wait
        self._max_pause = max_pause
        self._lease = lease
        self._sleep = sleep
        self._redis = _connected_to(url)
        self._take = self._redis.register_script(_TAKE)
        self._renew = self._redis.register_script(_RENEW)
        self._lengthen_pause = self._redis.register_script(_PAUSE)
        self._held = _Held(self._renew_leases, every=lease / 3)

    def __repr__(self) -> str:
        return "RedisGovernor()"  # the address has a password in it

    @contextmanager
    def slot(self, *gates: Gate) -> Iterator[None]:
        lease = secrets.token_hex(8)
        turn = self._place(lease, gates)
        leases = [_key(gate.key, "leases") for gate in gates]
        self._held.add(lease, leases)
        try:
            # A call that dies between here and its end has only used up its turn.
            self._sleep(turn)
            yield
        finally:
            self._held.discard(lease)
            self._forget(leases, lease)

    def pause(self, key: str, seconds: float) -> None:
        """As in Limiter. Who was asked to wait waits in any case, so a failure is only logged."""
        milliseconds = int(1000 * min(seconds, LONGEST_PAUSE))
        if milliseconds <= 0:
            return
        try:
            self._lengthen_pause([_key(key, "paused")], [milliseconds])
        except RedisError as error:
            logger.warning("Nobody else pauses: Redis says %s", type(error).__name__)

    def use_of(self, gate: Gate) -> Use | None:
        """As in Limiter; of all hosts. None while Redis does not answer."""
        try:
            seconds, microseconds = self._redis.time()
            now = _us(seconds) + microseconds
            with self._redis.pipeline() as pipeline:
                pipeline.zcount(_key(gate.key, "leases"), now, "+inf")
                pipeline.pttl(_key(gate.key, "paused"))
                taken, paused = pipeline.execute()
        except RedisError as error:
            logger.warning("Not known how many calls are under way: %s", type(error).__name__)
            return None
        return Use(taken, gate.concurrent, max(0, paused) / 1000)

    def _place(self, lease: str, gates: Sequence[Gate]) -> float:
        """Take a place at every gate; the seconds until the turn by their rates."""
        give_up_at = time.monotonic() + self._max_wait
        keys = [_key(g.key, what) for g in gates for what in ("leases", "waiting", "due", "paused")]
        limits = [number for g in gates for number in (g.concurrent, g.turns_per_second)]
        ticket = ""
        try:
            while True:
                outcome, number, ticket = self._ask(lease, ticket, keys, limits)
                if outcome == "taken":
                    return number / 1_000_000
                left = give_up_at - time.monotonic()
                if outcome == "paused":
                    # A long one is not slept through here, where nothing could end it early.
                    if number / 1000 > min(self._max_pause, left):
                        raise asked_to_wait(number / 1000)
                    self._sleep(number / 1000)
                elif left <= 0:
                    raise all_taken()
                else:
                    pause = min(_LONGEST_POLL, _POLL_SECONDS * (1 + number))
                    self._sleep(pause * (0.5 + random.random()))  # noqa: S311  # nosec B311  # no secret here
        finally:
            if ticket:
                self._forget([_key(gate.key, "waiting") for gate in gates], ticket)

    def _ask(
        self, lease: str, ticket: str, keys: list[str], limits: list[int]
    ) -> tuple[str, int, str]:
        """Run the script: what came of it, how long or after how many, the ticket from now on."""
        times = (_us(self._lease), _us(_ABSENT_SECONDS))
        try:
            answer: Any = self._take(keys, [lease, *times, ticket, *limits])
        except RedisError as error:
            raise NoPlace(
                "The limits on calls cannot be kept at the moment, because the Redis of this "
                "installation does not answer. Nothing was sent; it will be tried again. If it "
                "stays so, whoever runs Ferry must look at Redis and at REDIS_URL.",
                detail=f"Redis: {type(error).__name__}",  # what it says may name the user
            ) from None
        return answer[0].decode(), int(answer[1]), answer[2].decode()

    def _forget(self, keys: Sequence[str], member: str) -> None:
        """Take it out at once; if that fails it goes by itself within seconds."""
        try:
            with self._redis.pipeline() as pipeline:
                for key in keys:
                    pipeline.zrem(key, member)
                pipeline.execute()
        except RedisError as error:
            logger.warning("A place ends by itself: Redis says %s", type(error).__name__)

    def _renew_leases(self, held: dict[str, list[str]]) -> None:
        pairs = [(key, lease) for lease, keys in held.items() for key in keys]
        try:
            self._renew([key for key, _ in pairs], [_us(self._lease), *(one for _, one in pairs)])
        except RedisError as error:
            logger.warning("Places were not renewed: Redis says %s", type(error).__name__)


class _Held:
    """The leases that this process holds, and the thread that renews them while there are any."""

    def __init__(self, renew: Callable[[dict[str, list[str]]], None], *, every: float) -> None:
        self._renew = renew
        self._every = every
        self._begin()
        os.register_at_fork(after_in_child=self._begin)  # what the parent holds is not the child's

    def _begin(self) -> None:
        self._changed = threading.Condition()
        self._leases: dict[str, list[str]] = {}
        self._renewing = False

    def add(self, lease: str, keys: list[str]) -> None:
        with self._changed:
            self._leases[lease] = keys
            if not self._renewing:
                self._renewing = True
                threading.Thread(target=self._keep, name="renewing places", daemon=True).start()

    def discard(self, lease: str) -> None:
        with self._changed:
            self._leases.pop(lease, None)

    def _keep(self) -> None:
        while True:
            time.sleep(self._every)
            with self._changed:
                held = dict(self._leases)
                if not held:
                    self._renewing = False
                    return
            self._renew(held)


def _connected_to(url: str) -> "Redis":
    try:
        return Redis.from_url(
            url,
            socket_timeout=_ANSWER_SECONDS,
            socket_connect_timeout=_ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 1),  # a connection that lay idle may be closed by now
        )
    except ValueError:
        # Not chained: what it says may hold the password.
        raise ConfigurationError(
            "REDIS_URL is not the address of a Redis. Whoever runs Ferry must correct it: "
            "redis://host:6379/0"
        ) from None


def _key(gate: str, what: str) -> str:
    """Where Redis keeps this of a gate; in braces what a cluster must keep together."""
    return f"{{ferry}}:{hashlib.sha256(gate.encode()).hexdigest()[:32]}:{what}"


def _us(seconds: float) -> int:
    return int(seconds * 1_000_000)
