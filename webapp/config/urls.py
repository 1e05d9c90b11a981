"""Every address of the site. A new one needs its row in tests/webapp/access."""

from django.contrib import admin
from django.urls import include, path

from webapp.accounts.languages import set_language
from webapp.config.health import healthz

urlpatterns = [
    path("", include("webapp.attempts.urls")),
    path("", include("webapp.submissions.urls")),
    path("teach/", include("webapp.authoring.urls")),
    path("teach/", include("webapp.proving.urls")),
    path("teach/", include("webapp.regrading.urls")),
    path("teach/", include("webapp.gradebook.urls")),
    path("teach/", include("webapp.corrections.urls")),
    path("accounts/", include("webapp.accounts.urls")),
    path("i18n/setlang/", set_language, name="set_language"),
    path("fleet/", include("webapp.fleet.urls")),
    path("admin/", admin.site.urls),
    path("healthz", healthz, name="healthz"),
]
