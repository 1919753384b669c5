"""The finder as a background job, with its progress."""

from __future__ import annotations

from typing import Any

from capacity.engine.placement import Progress
from capacity.finder.asking import question
from capacity.finder.service import find
from core import jobs
from core.read import ReadContext

KIND = "capacity.placement"


@jobs.job(KIND, "Find places")
def look(run: jobs.Run) -> Any:
    """Look for places; the answer is kept as the job's data, with the question."""
    given = run.arguments["question"]
    asked = question(given, run.user)
    wanted = sum(each["count"] for each in asked.given["devices"])
    run.progress(0, wanted)

    def tell(progress: Progress) -> None:
        run.progress(progress.placed, wanted)
        if progress.aim is not None:
            aim = f"{progress.aim.goal.value} by {progress.aim.level.value}"
            run.log(f"{aim}: {progress.value}, not below {progress.bound}")

    answer = find(asked, ReadContext(user=run.user, base=""), tell)
    return {"question": given, "answer": answer}
