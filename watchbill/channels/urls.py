"""Where answers come in. Short, because a text message carries these addresses too."""

from django.urls import path

from watchbill.channels.views import answer, answer_now

app_name = "channels"

urlpatterns = [
    path("a/<str:token>", answer, name="answer"),
    path("a/<str:token>/now", answer_now, name="answer-now"),
]
