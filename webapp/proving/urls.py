from django.urls import path

from webapp.proving import module_views, views

TP = "<slug:course>/tp/<slug:tp>"
MODULES = f"{TP}/modules"
PROOF = f"{TP}/rubric/<int:number>/proof"

urlpatterns = [
    path(f"{MODULES}/", module_views.known_modules, name="known-modules"),
    path(f"{MODULES}/add/", module_views.add, name="known-module-add"),
    path(f"{MODULES}/take-over/", module_views.take_over, name="known-modules-adopt"),
    path(f"{MODULES}/<int:module_id>/", module_views.known_module, name="known-module"),
    path(f"{MODULES}/<int:module_id>/retire/", module_views.retire, name="known-module-retire"),
    path(
        f"{MODULES}/<int:module_id>/files/<int:file_id>/",
        module_views.known_file,
        name="known-file",
    ),
    path(f"{PROOF}/", views.proof, name="proof"),
    path(f"{PROOF}/start/", views.start, name="proof-start"),
    path(f"{PROOF}/live/", views.live, name="proof-live"),
    path(f"{PROOF}/runs/<int:run_id>/", views.run, name="proof-run"),
    path(f"{PROOF}/runs/<int:run_id>/again/", views.again, name="proof-run-again"),
    path(f"{PROOF}/runs/<int:run_id>/<slug:kind>/", views.download, name="proof-run-download"),
    path(f"{TP}/rubric/<int:number>/publish/", views.publish, name="rubric-publish"),
]
