from django.urls import path

from webapp.regrading import making, views

ALL = "<slug:course>/tp/<slug:tp>/regrades/"
ONE = f"{ALL}<int:number>/"

urlpatterns = [
    path(ALL, views.regrades, name="regrades"),
    path(f"{ALL}new/", making.new, name="regrade-new"),
    path(f"{ALL}start/", making.start, name="regrade-start"),
    path(ONE, views.regrade, name="regrade"),
    path(f"{ONE}live/", views.live, name="regrade-live"),
    path(f"{ONE}pause/", views.pause, name="regrade-pause"),
    path(f"{ONE}resume/", views.resume, name="regrade-resume"),
    path(f"{ONE}cancel/", views.cancel, name="regrade-cancel"),
    path(f"{ONE}retry/", views.retry, name="regrade-retry"),
    path(f"{ONE}apply/", views.apply, name="regrade-apply"),
    path(f"{ONE}undo/", views.undo, name="regrade-undo"),
    path(f"{ONE}csv/", views.export, name="regrade-csv"),
]
