"""Jobs run once, again after an accident, and again when their runner died (REL-01)."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from kemai.kit import jobs
from kemai.kit.errors import DomainError
from kemai.kit.models import Job

done: list[int] = []


@jobs.job("test.note")
def note(number: int) -> None:
    done.append(number)


@jobs.job("test.fail")
def fail(refusal: bool = False) -> None:
    if refusal:
        raise DomainError("no", "这不行。")
    raise RuntimeError("an accident")


@pytest.fixture(autouse=True)
def _nothing_done():
    done.clear()


def now_due(row: Job) -> None:
    Job.objects.filter(pk=row.pk).update(run_at=timezone.now())


@pytest.mark.django_db
def test_due_jobs_run_in_their_order_and_later_ones_wait():
    jobs.enqueue("test.note", number=2)
    jobs.enqueue("test.note", number=3, run_at=timezone.now() + timedelta(minutes=5))
    jobs.enqueue("test.note", number=1, run_at=timezone.now() - timedelta(minutes=5))
    assert [jobs.run_one() for _ in range(3)] == [True, True, False]
    assert done == [1, 2]
    assert list(Job.objects.order_by("pk").values_list("state", "tries")) == [("done", 1), ("waiting", 0), ("done", 1)]


@pytest.mark.django_db
def test_a_job_is_part_of_the_transaction_that_asks_for_it():
    with transaction.atomic():
        jobs.enqueue("test.note", number=1)
        transaction.set_rollback(True)
    assert jobs.run_one() is False
    with pytest.raises(KeyError):
        jobs.enqueue("test.unknown")


@pytest.mark.django_db
def test_an_accident_is_tried_three_times_with_growing_pauses():
    row = jobs.enqueue("test.fail")
    pauses = []
    for _ in range(2):
        assert jobs.run_one() is True
        row.refresh_from_db()
        assert (row.state, row.error) == ("waiting", "RuntimeError: an accident")
        pauses.append(round((row.run_at - timezone.now()).total_seconds()))
        assert jobs.run_one() is False
        now_due(row)
    assert pauses == [10, 60]
    jobs.run_one()
    row.refresh_from_db()
    assert (row.state, row.tries) == ("failed", 3)


@pytest.mark.django_db
def test_a_refusal_is_not_tried_again():
    row = jobs.enqueue("test.fail", refusal=True)
    jobs.run_one()
    row.refresh_from_db()
    assert (row.state, row.tries, row.error) == ("failed", 1, "这不行。")


@pytest.mark.django_db
def test_a_job_whose_runner_died_is_taken_up_again_after_a_minute_but_not_for_ever():
    row = jobs.enqueue("test.note", number=1)
    assert jobs.take() == row
    assert jobs.run_one() is False
    Job.objects.filter(pk=row.pk).update(beat_at=timezone.now() - timedelta(seconds=61))
    assert jobs.run_one() is True
    assert done == [1]
    dying = jobs.enqueue("test.note", number=2)
    for _ in range(3):
        assert jobs.take() == dying
        Job.objects.filter(pk=dying.pk).update(beat_at=timezone.now() - timedelta(seconds=61))
    assert jobs.run_one() is True
    dying.refresh_from_db()
    assert (dying.state, dying.error, done) == ("failed", "后台任务多次中断，已放弃。", [1])


@pytest.mark.django_db
def test_a_runner_that_was_thought_dead_does_not_overwrite_its_successor():
    row = jobs.enqueue("test.note", number=1)
    slow = jobs.take()
    Job.objects.filter(pk=row.pk).update(beat_at=timezone.now() - timedelta(seconds=61))
    assert jobs.take().tries == 2
    jobs._end(slow, Job.State.FAILED, "too late")
    row.refresh_from_db()
    assert (row.state, row.tries, row.error) == ("running", 2, "")


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_several_runners_take_each_job_once(together):
    for number in range(20):
        jobs.enqueue("test.note", number=number)
    together(4, lambda _: [None for _ in range(20) if jobs.run_one()])
    assert sorted(done) == list(range(20))
    assert set(Job.objects.values_list("state", "tries")) == {("done", 1)}


@pytest.mark.django_db(transaction=True)
def test_a_running_job_gives_signs_of_life(monkeypatch):
    monkeypatch.setattr(jobs, "BEAT_SECONDS", 0.05)
    row = jobs.enqueue("test.note", number=1)
    taken = jobs.take()
    Job.objects.filter(pk=row.pk).update(beat_at=timezone.now() - timedelta(seconds=50))
    with jobs._beating(taken):
        deadline = timezone.now() + timedelta(seconds=10)
        while timezone.now() < deadline and timezone.now() - Job.objects.get(pk=row.pk).beat_at > timedelta(seconds=40):
            pass
    assert timezone.now() - Job.objects.get(pk=row.pk).beat_at < timedelta(seconds=20)
