"""Act on a person from their page in Django admin. Each button leads to a page that
says what will happen, and asks; whatever happened meanwhile is said instead of done twice."""

from typing import Any, cast

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import URLPattern
from django.utils.translation import gettext, ngettext

from accounts.admin.asking import TOLD, Act, AsksFirst
from accounts.endings import activation, people
from accounts.entrance.mailed_links import account_links
from accounts.models import Session, User
from accounts.models.event_kinds import Actor, Event
from accounts.network import browser_names
from accounts.own_account import ways_in
from accounts.own_account.apps import agents_of
from accounts.security_events.details import SessionsEnded
from accounts.security_events.receipts import Receipt, in_words
from accounts.security_events.record import record
from accounts.text.email_addresses import readable


class ActsOnPeople(AsksFirst):
    """Add the buttons. Nobody does any of it to themselves: their own pages are for that."""

    def get_urls(self) -> list[URLPattern]:
        own: dict[str, tuple[str, Act]] = {
            "end_sessions": ("sessions/end/", self._end_sessions),
            "end_session": ("sessions/<str:sid>/end/", self._end_session),
            "end_agents": ("agents/end/", self._end_agents),
            "deactivate": ("deactivate/", self._deactivate),
            "reactivate": ("reactivate/", self._reactivate),
            "send_link": ("link/", self._send_link),
        }
        return [*self._of_person(own), *super().get_urls()]

    def may_support(self, request: HttpRequest, person: User) -> bool:
        """Return whether this admin may end a person's sessions and send them a link: who may
        change people, and who has the permission for this alone, which opens no account to them."""
        if not self.has_view_permission(request, person):
            return False
        may: Any = request.user
        return self.has_change_permission(request, person) or may.has_perm("accounts.support_user")

    def _supportable(self, request: HttpRequest, object_id: str) -> User:
        """Return the person, as _changeable does. Raises Http404."""
        person = cast(User | None, self.get_object(request, object_id))
        if person is None or person == request.user or not self.may_support(request, person):
            raise Http404
        return person

    def _end_session(self, request: HttpRequest, object_id: str, sid: str) -> HttpResponseBase:
        person = self._supportable(request, object_id)
        found = Session.objects.of(person).filter(sid=sid)
        session = found.first()
        if session is None:
            return self._done(request, person, "", gettext("That session had ended already."))
        device = browser_names.describe(session.user_agent) or gettext("an unknown device")
        if request.method != "POST":
            says = [
                gettext("%(person)s will be signed out of %(device)s.")
                % {"person": person, "device": device},
                gettext("Apps keep their access."),
                TOLD,
            ]
            return self._ask(request, person, gettext("End this session"), says)
        chosen = Session.objects.filter(pk=session.pk)
        ended = _end(person, chosen, user_agent=session.user_agent)
        logged = f"Ended a session ({device})." if ended else ""
        return self._done(
            request, person, logged, gettext("Signed out of %(device)s.") % {"device": device}
        )

    def _end_sessions(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        person = self._supportable(request, object_id)
        if request.method != "POST":
            count = Session.objects.of(person).count()
            says = [
                gettext(
                    "%(person)s will be signed out of this site in every browser. Sessions: "
                    "%(count)s."
                )
                % {"person": person, "count": count},
                gettext("Apps are told that the person signed out, and keep their access."),
                TOLD,
            ]
            return self._ask(request, person, gettext("End all sessions"), says)
        ended = _end(person, Session.objects.filter(user=person), is_rest=True)
        logged = "Ended all sessions." if ended else ""
        return self._done(
            request, person, logged, gettext("Sessions ended: %(ended)s.") % {"ended": ended}
        )

    def _end_agents(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """End what agents hold of the person. Whoever supports people may do so, and reads how many
        there are, without a view of what each may do."""
        person = self._supportable(request, object_id)
        count = agents_of(person).count()
        if request.method != "POST" and count:
            says = [
                ngettext(
                    "%(number)s agent loses access to the account of %(person)s at once.",
                    "%(number)s agents lose access to the account of %(person)s at once.",
                    count,
                )
                % {"number": count, "person": person},
                gettext("Apps and sessions of the person stay. An agent can ask them again."),
                TOLD,
            ]
            title = gettext("End the access of all agents")
            return self._ask(request, person, title, says, is_danger=True)
        receipt = people.end_agents(person, actor=Actor.ADMIN) if count else Receipt()
        if not receipt.apps:
            words = gettext("No agent had access to the account of %(person)s.")
            return self._done(request, person, "", words % {"person": person})
        words = ngettext(
            "%(number)s agent lost access. %(ended)s",
            "%(number)s agents lost access. %(ended)s",
            receipt.apps,
        )
        said = words % {"number": receipt.apps, "ended": in_words(receipt)}
        return self._done(request, person, "Ended the access of all agents.", said)

    def _deactivate(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        person = self._changeable(request, object_id)
        if person.is_active and request.method != "POST":
            says = [
                gettext("%(person)s will not be able to sign in.") % {"person": person},
                gettext(
                    "All sessions end at once, and all that apps and scripts hold: permissions, "
                    "access "
                    "and refresh tokens, personal access tokens."
                ),
                gettext(
                    "The account and what is in it stay. It can be reactivated; what ended stays "
                    "ended."
                ),
                TOLD,
            ]
            return self._ask(request, person, gettext("Deactivate"), says, is_danger=True)
        receipt = activation.deactivate(person.pk) if request.method == "POST" else None
        if receipt is None:
            return self._done(
                request,
                person,
                "",
                gettext("%(person)s was inactive already.") % {"person": person},
            )
        said = gettext("%(person)s was deactivated. %(receipt)s") % {
            "person": person,
            "receipt": in_words(receipt),
        }
        return self._done(request, person, "Deactivated.", said)

    def _reactivate(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        person = self._changeable(request, object_id)
        if not person.is_active and request.method != "POST":
            says = [
                gettext("%(person)s will be able to sign in again, as before.")
                % {"person": person},
                TOLD,
            ]
            if person.delete_after:
                says.insert(
                    1, gettext("The person asked for the account to be deleted. It will be kept.")
                )
            return self._ask(request, person, gettext("Reactivate"), says)
        if request.method != "POST" or not activation.reactivate(person.pk):
            return self._done(
                request,
                person,
                "",
                gettext("%(person)s was active already.") % {"person": person},
            )
        ways_in.tell_admin(request, User.objects.get(pk=person.pk))
        return self._done(
            request,
            person,
            "Reactivated.",
            gettext("%(person)s was reactivated.") % {"person": person},
        )

    def _send_link(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        person = self._supportable(request, object_id)
        email = account_links.address_for(person) if person.is_active else ""
        if email and request.method != "POST":
            days = account_links.lasts(person).days
            says = [
                ngettext(
                    "A link is mailed to %(email)s. It signs in once, for %(number)s day; a "
                    "former link ends.",
                    "A link is mailed to %(email)s. It signs in once, for %(number)s days; a "
                    "former link ends.",
                    days,
                )
                % {"email": readable(email), "number": days},
                gettext(
                    "Nobody but who reads that mail sees the link. Whoever has a second factor is "
                    "still asked for it: if it is lost, reset two-step verification first."
                ),
                TOLD,
            ]
            return self._ask(request, person, gettext("Send a link to sign in"), says)
        sent = account_links.send(person.pk) if request.method == "POST" else ""
        if not sent:
            words = gettext(
                "No link was sent: the account is inactive, or no address of it opens it."
            )
            return self._done(request, person, "", words)
        logged = "A link to sign in was sent."
        return self._done(
            request,
            person,
            logged,
            gettext("A link was sent to %(sent)s.") % {"sent": readable(sent)},
        )


def _end(person: User, sessions: Any, *, is_rest: bool = False, user_agent: str = "") -> int:
    with transaction.atomic():
        ended = people.end_sessions(person, sessions)
        if ended:
            what = SessionsEnded(ended, is_rest, user_agent)
            record(Event.SESSION_ENDED, actor=Actor.ADMIN, user=person, details=what)
    return ended
