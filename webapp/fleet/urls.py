from django.urls import path

from webapp.fleet import views

urlpatterns = [
    path("images", views.images, name="fleet-images"),
    path("parts/<str:part>", views.part, name="fleet-part"),
]
