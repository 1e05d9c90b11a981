from django.urls import path

from webapp.authoring.views import courses, editor, versions

TP = "<slug:course>/tp/<slug:tp>/"

urlpatterns = [
    path("new-course/", courses.new_course, name="course-new"),
    path("<slug:course>/new-tp/", courses.new_tp, name="tp-new"),
    path(f"{TP}settings/", courses.tp_settings, name="tp-settings"),
    path(f"{TP}rubric/", versions.rubric, name="rubric"),
    path(f"{TP}rubric/begin/", courses.begin, name="rubric-begin"),
    path(f"{TP}rubric/diff/", versions.compare, name="rubric-diff"),
    path(f"{TP}rubric/edit/", editor.edit, name="rubric-edit"),
    path(f"{TP}rubric/validate/", editor.validate, name="rubric-validate"),
    path(f"{TP}rubric/preview/", editor.preview, name="rubric-preview"),
    path(f"{TP}rubric/store/", editor.store, name="rubric-store"),
    path(f"{TP}rubric/discard/", editor.discard, name="rubric-discard"),
    path(f"{TP}rubric/<int:number>/", versions.version, name="rubric-version"),
]
