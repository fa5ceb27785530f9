"""Refresh tokens: rotation, a retry after a lost answer, replay, and their limits."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from accounts.oauth_server.models import AccessToken, Authorization, RefreshToken
from accounts.oauth_server.tokens import revocation
from tests.accounts.oauth_server.app import App, error_in, me


def _after_the_retry_window() -> None:
    for token in RefreshToken.objects.exclude(superseded=None):
        token.superseded -= timedelta(minutes=1)
        token.save()


def test_a_refresh_gives_a_new_pair_and_ends_the_old_access_token(app: App, alice: User) -> None:
    first = app.tokens_for(alice)
    second = app.refresh(first["refresh_token"]).json()

    assert second["refresh_token"] != first["refresh_token"]
    assert me(first["access_token"]).status_code == 401
    assert me(second["access_token"]).status_code == 200
    assert second["id_token"]


def test_a_retry_gets_the_identical_answer(app: App, alice: User) -> None:
    old = app.tokens_for(alice)["refresh_token"]

    answers = [app.refresh(old).json() for _ in range(3)]

    assert answers[0] == answers[1] == answers[2]
    assert me(answers[2]["access_token"]).status_code == 200
    assert AccessToken.objects.count() == 1


def test_the_answer_kept_for_a_retry_is_no_use_to_a_thief(app: App, alice: User) -> None:
    old = app.tokens_for(alice)["refresh_token"]
    answer = app.refresh(old).json()

    sealed = bytes(RefreshToken.objects.exclude(superseded=None).get().sealed_answer)
    assert sealed
    assert answer["access_token"].encode() not in sealed


def test_a_late_replay_ends_the_family(app: App, alice: User) -> None:
    old = app.tokens_for(alice)["refresh_token"]
    new = app.refresh(old).json()
    _after_the_retry_window()

    assert error_in(app.refresh(old)) == (400, "invalid_grant")
    assert error_in(app.refresh(new["refresh_token"])) == (400, "invalid_grant")
    assert me(new["access_token"]).status_code == 401
    assert AccessToken.objects.count() == 0


def test_a_retry_after_the_next_token_was_used_is_a_replay(app: App, alice: User) -> None:
    """Using the successor proved that the answer had arrived: who still asks for it is a thief."""
    first = app.tokens_for(alice)["refresh_token"]
    second = app.refresh(first).json()["refresh_token"]
    third = app.refresh(second).json()
    assert [bool(token.sealed_answer) for token in RefreshToken.objects.order_by("pk")] == [
        False,
        True,
        False,
    ]

    assert error_in(app.refresh(first)) == (400, "invalid_grant")
    assert me(third["access_token"]).status_code == 401
    assert error_in(app.refresh(third["refresh_token"])) == (400, "invalid_grant")


def test_the_newest_answer_can_still_be_had_again_after_several_rotations(
    app: App, alice: User
) -> None:
    token = app.tokens_for(alice)["refresh_token"]
    for _ in range(3):
        before, token = token, app.refresh(token).json()["refresh_token"]

    assert app.refresh(before).json()["refresh_token"] == token


def test_rotations_of_one_sign_in_leave_the_answers_of_others_alone(app: App, alice: User) -> None:
    on_the_phone = app.tokens_for(alice)["refresh_token"]
    answer = app.refresh(on_the_phone).json()
    token = app.tokens_for(alice)["refresh_token"]
    app.refresh(app.refresh(token).json()["refresh_token"])

    assert app.refresh(on_the_phone).json() == answer


def test_a_replay_by_another_client_ends_the_family(app: App, other_app: App, alice: User) -> None:
    old = app.tokens_for(alice)["refresh_token"]
    new = app.refresh(old).json()

    assert error_in(other_app.refresh(old)) == (400, "invalid_grant")
    assert me(new["access_token"]).status_code == 401


def test_a_live_token_is_refused_to_another_client_and_stays_good(
    app: App, other_app: App, alice: User
) -> None:
    live = app.tokens_for(alice)["refresh_token"]

    assert error_in(other_app.refresh(live)) == (400, "invalid_grant")
    assert app.refresh(live).status_code == 200


def test_a_replay_leaves_other_sign_ins_alone(app: App, alice: User) -> None:
    on_the_phone = app.tokens_for(alice)
    old = app.tokens_for(alice)["refresh_token"]
    app.refresh(old)
    _after_the_retry_window()
    app.refresh(old)

    assert me(on_the_phone["access_token"]).status_code == 200


def test_a_refresh_may_narrow_the_scope_and_widen_it_again(app: App, alice: User) -> None:
    tokens = app.tokens_for(alice)

    narrow = app.refresh(tokens["refresh_token"], scope="profile").json()
    assert narrow["scope"] == "profile"
    assert app.refresh(narrow["refresh_token"]).json()["scope"] == "openid profile email"


def test_a_refresh_never_adds_a_scope(app: App, alice: User) -> None:
    tokens = app.tokens_for(alice)

    response = app.refresh(tokens["refresh_token"], scope="profile connections")
    assert error_in(response) == (400, "invalid_scope")


def test_a_scope_that_an_admin_took_away_is_gone_at_the_next_refresh(app: App, alice: User) -> None:
    tokens = app.tokens_for(alice)
    app.client.scopes = "openid profile"
    app.client.save()

    assert app.refresh(tokens["refresh_token"]).json()["scope"] == "openid profile"


def test_an_idle_refresh_token_expires(app: App, alice: User) -> None:
    token = app.tokens_for(alice)["refresh_token"]
    RefreshToken.objects.update(expires=timezone.now())

    assert error_in(app.refresh(token)) == (400, "invalid_grant")


def test_a_family_ends_at_its_absolute_limit_however_busy(app: App, alice: User) -> None:
    tokens = app.tokens_for(alice)
    limit = timezone.now() + timedelta(seconds=30)
    RefreshToken.objects.update(family_expires=limit)

    tokens = app.refresh(tokens["refresh_token"]).json()
    assert RefreshToken.objects.latest("pk").family_expires == limit
    RefreshToken.objects.update(family_expires=timezone.now())
    assert error_in(app.refresh(tokens["refresh_token"])) == (400, "invalid_grant")


def test_a_deactivated_person_keeps_nothing(app: App, alice: User) -> None:
    tokens = app.tokens_for(alice)
    User.objects.filter(pk=alice.pk).update(is_active=False)

    assert me(tokens["access_token"]).status_code == 401
    assert error_in(app.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    assert app.introspect(tokens["access_token"]) == {"active": False}


def test_removing_an_app_ends_all_it_holds(app: App, alice: User) -> None:
    tokens = app.tokens_for(alice)
    receipt = revocation.revoke_authorizations(Authorization.objects.filter(user=alice))

    assert (receipt.access_tokens, receipt.refresh_tokens) == (1, 1)
    assert me(tokens["access_token"]).status_code == 401
    assert error_in(app.refresh(tokens["refresh_token"])) == (400, "invalid_grant")


def test_a_client_without_the_grant_gets_no_refresh_token(
    resource_server: App, alice: User
) -> None:
    tokens = resource_server.tokens_for(alice, scope="introspection")

    assert "refresh_token" not in tokens


def test_a_mistyped_refresh_token_is_refused(app: App, db: None) -> None:
    for wrong in ("lk_rt_x", "x" * 55, "é", "lk_rt_" + "0" * 49):
        assert error_in(app.refresh(wrong)) == (400, "invalid_grant")
    assert error_in(app.refresh("")) == (400, "invalid_request")
