"""Where calendar programs ask."""

from django.urls import path

from watchbill.oncall.views import feed

app_name = "oncall"

urlpatterns = [path("feeds/<str:token>.ics", feed, name="feed")]
