"""The pages' addresses: each chapter brings its own."""

from django.urls import URLPattern, URLResolver, include, path

from watchbill.web import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.front, name="front"),
    path("incidents/<int:number>", views.incident, name="incident"),
    path("", include("watchbill.channels.urls")),
    path("", include("watchbill.oncall.urls")),
]
handler404 = views.not_found
handler500 = views.failed
