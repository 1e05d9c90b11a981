from django.contrib import admin

from webapp.courses.models import Assignment, Course, Enrolment


class AssignmentInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Assignment
    extra = 0


@admin.register(Course)
class CourseAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("title", "slug")
    prepopulated_fields = {"slug": ("title",)}
    inlines = (AssignmentInline,)


@admin.register(Enrolment)
class EnrolmentAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("user", "course", "role")
    list_filter = ("course", "role")
    search_fields = ("user__username", "user__last_name", "course__title")
    autocomplete_fields = ("user",)


@admin.register(Assignment)
class AssignmentAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("title", "course", "tp", "opens_at", "due_at")
    list_filter = ("course", "tp")
