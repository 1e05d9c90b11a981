from django.urls import path

from webapp.attempts import views

urlpatterns = [
    path("courses/<slug:course>/<slug:tp>/attempts/", views.attempts, name="attempts"),
    path("submissions/<int:submission_id>/compare/", views.compare, name="compare"),
]
