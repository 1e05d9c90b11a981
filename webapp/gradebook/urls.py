from django.urls import path

from webapp.gradebook import views

urlpatterns = [
    path("<slug:course>/gradebook/", views.gradebook, name="gradebook"),
    path("<slug:course>/gradebook/export/", views.gradebook_export, name="gradebook-export"),
    path("<slug:course>/students/<str:who>/", views.student, name="student"),
    path("<slug:course>/tp/<slug:tp>/report/", views.class_report, name="class-report"),
]
