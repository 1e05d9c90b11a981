"""Every address of the site. A new one needs its row in tests/webapp/test_access.py."""

from django.contrib import admin
from django.urls import include, path

from webapp.config.health import healthz

urlpatterns = [
    path("", include("webapp.submissions.urls")),
    path("accounts/", include("webapp.accounts.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("healthz", healthz, name="healthz"),
]
