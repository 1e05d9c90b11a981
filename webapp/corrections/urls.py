from django.urls import path

from webapp.corrections import course_views, views

submission = "<slug:course>/submissions/<int:submission_id>/"
extensions = "<slug:course>/tp/<slug:tp>/extensions/"

urlpatterns = [
    path(f"{submission}correct/", views.correct, name="correct"),
    path(f"{submission}annul/", views.annul, name="annul"),
    path(
        f"{submission}corrections/<int:correction_id>/withdraw/",
        views.withdraw_correction,
        name="correction-withdraw",
    ),
    path(f"{submission}comment/", views.comment, name="comment"),
    path(
        f"{submission}comments/<int:comment_id>/withdraw/",
        views.withdraw_comment,
        name="comment-withdraw",
    ),
    path(extensions, course_views.extensions_page, name="extensions"),
    path(f"{extensions}<int:student_id>/", course_views.extension_page, name="extension"),
    path(
        f"{extensions}<int:student_id>/withdraw/",
        course_views.withdraw_extension,
        name="extension-withdraw",
    ),
    path("<slug:course>/audit/", course_views.audit, name="audit"),
]
