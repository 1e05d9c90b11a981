from django.urls import path

from webapp.submissions import views

urlpatterns = [
    path("", views.home, name="home"),
    path("courses/<slug:course>/", views.course, name="course"),
    path("courses/<slug:course>/<slug:tp>/", views.assignment, name="assignment"),
    path("courses/<slug:course>/<slug:tp>/hand-in/", views.hand_in, name="hand-in"),
    path("courses/<slug:course>/<slug:tp>/try/", views.try_out, name="try-out"),
    path("submissions/<int:submission_id>/", views.submission, name="submission"),
    path("submissions/<int:submission_id>/hand-in/", views.hand_in_try, name="hand-in-try"),
    path("submissions/<int:submission_id>/progress/", views.progress, name="progress"),
    path("submissions/<int:submission_id>/mark-again/", views.mark_again, name="mark-again"),
    path("submissions/<int:submission_id>/markings/<int:marking_id>/", views.former, name="former"),
    path(
        "submissions/<int:submission_id>/markings/<int:marking_id>/<slug:kind>/",
        views.former_download,
        name="former-download",
    ),
    path("submissions/<int:submission_id>/files/<int:file_id>/", views.source, name="source"),
    path("submissions/<int:submission_id>/<slug:kind>/", views.download, name="download"),
]
