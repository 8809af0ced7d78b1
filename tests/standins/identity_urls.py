"""The addresses of the stand-in `identity`, and what it says of a person; Django loads it by name."""

from typing import Any

from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from oauth2_provider.oauth2_validators import OAuth2Validator

from tests.standins import identity


class Claims(OAuth2Validator):  # type: ignore[misc]
    """As most companies have it: the login, the name, the groups."""

    oidc_claim_scope = {**OAuth2Validator.oidc_claim_scope, "groups": "groups"}

    def get_additional_claims(self, request: Any) -> dict[str, Any]:
        return {
            "preferred_username": request.user.username,
            "name": request.user.first_name,
            "groups": [each.name for each in request.user.groups.all()],
        }


@csrf_exempt
def groups(request: HttpRequest) -> HttpResponse:
    return HttpResponse(identity.put_into(request.body))


@csrf_exempt
def keys(request: HttpRequest) -> HttpResponse:
    return HttpResponse(identity.sign_anew())


urlpatterns = [
    path("o/", include("oauth2_provider.urls")),
    path("login/", LoginView.as_view()),
    path("_standin/groups", groups),
    path("_standin/keys", keys),
]
