import time, os, sys
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.webapp.regrading import classroom as c
from webapp.regrading.models import Which
from webapp.regrading import comparing, pages, progress, applying, exporting
from webapp.submissions import dispatch, claims, services
from webapp.submissions.models import *
from django.utils import timezone
N=int(os.environ.get("N","1000")); A=int(os.environ.get("A","1"))
def timed(name, f):
    best=9e9
    for _ in range(3):
        t=time.process_time(); r=f(); best=min(best,time.process_time()-t)
    with CaptureQueriesContext(connection) as q: r=f()
    print(f"{name:28} {best*1000:8.1f} ms  {len(q)} queries, sql {sum(float(x['time']) for x in q.captured_queries)*1000:.0f} ms"); 
    if os.environ.get("SQL") and name in os.environ["SQL"].split(","):
        for x in q.captured_queries: print("   ", x["time"], x["sql"][:1500])
    return r
def test_bench(school, client):
    t=time.process_time(); c.add_class(school, N, A); print("class", time.process_time()-t)
    t=time.process_time(); r=c.start(school); print("start", time.process_time()-t)
    timed("recover idle", lambda: claims.release_expired(timezone.now()))
    fresh=school.submit()
    m=Marking.objects.get(submission=fresh)
    timed("ahead_of", lambda: services.ahead_of(m))
    timed("claims first", lambda: claims.in_order(Marking.objects.filter(claims.ready(timezone.now()))).values_list("pk", flat=True).first())
    t=time.process_time(); n=dispatch.recover(timezone.now()+dispatch.GRACE*2); print("recover", n, time.process_time()-t)
    timed("recover again", lambda: dispatch.recover(timezone.now()+dispatch.GRACE*2))
    client.force_login(school.instructor)
    url=r.get_absolute_url()
    timed("page unfinished", lambda: client.get(url))
    t=time.process_time(); c.finish(r, c.every_third_loses_order); print("finish", time.process_time()-t)
    timed("compare", lambda: comparing.compare(r))
    timed("page", lambda: client.get(url))
    timed("live", lambda: client.get(reverse("regrade-live", args=["asee","tp1",r.pk])))
    timed("list", lambda: client.get(reverse("regrades", args=["asee","tp1"])))
    timed("new", lambda: client.get(reverse("regrade-new", args=["asee","tp1"])))
    timed("new search", lambda: client.post(reverse("regrade-new", args=["asee","tp1"]), {"words":"Last000 12", "search":"1"}))
    timed("confirm", lambda: client.post(reverse("regrade-new", args=["asee","tp1"]), {"which":"best","rubric":r.rubric_id,"note":"x","go":"1"}))
    t=time.process_time(); n=sum(1 for _ in exporting.csv_lines(r)); print("csv", n, time.process_time()-t)
    t=time.process_time(); print(applying.apply(r, applying.Scope.FINISHED, school.instructor, timezone.now())); print("apply", time.process_time()-t)
    timed("page applied", lambda: client.get(url))
    t=time.process_time(); print(applying.undo(r, school.instructor, timezone.now())); print("undo", time.process_time()-t)
    client.force_login(school.student)
    timed("student", lambda: client.get(fresh.get_absolute_url()))
