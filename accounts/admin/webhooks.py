"""Make webhooks in Django admin, try them and end them, and show what became of each delivery.

They carry what happened to everybody, staff too, to an address of somebody's choosing: superusers
alone do that.
"""

from collections.abc import Callable
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User, Webhook, WebhookDelivery
from accounts.models.event_kinds import Event
from accounts.staff import secret_fields, shown_once
from accounts.staff.model_admin import ModelAdmin, Untouched
from accounts.webhooks import authorization, subscriptions

_AGAIN = _(
    "It was for another host. Enter it again for the new address, or tick “Send no Authorization "
    "header”."
)
_ALL = frozenset({"view", "add", "change", "delete"})


class WebhookForm(forms.ModelForm):  # type: ignore[type-arg]
    """Take the Authorization header in, and never give it out."""

    new_authorization_header = forms.CharField(
        label=_("Authorization header"),
        required=False,
        max_length=authorization.LONGEST,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_(
            "What the receiver wants to read there, such as “Bearer …”. Stored encrypted and never "
            "shown."
        ),
    )
    sends_no_header = forms.BooleanField(label=_("Send no Authorization header"), required=False)
    kinds = forms.MultipleChoiceField(
        label=_("Events"), choices=Event.choices, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Webhook
        fields = ("name", "url", "format", "audience", "kinds", "has_personal_data", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.has_authorization_header:
            secret_fields.say_that_it_is_kept(self, "new_authorization_header")

    def clean_new_authorization_header(self) -> str:
        header = str(self.cleaned_data["new_authorization_header"])
        if header and not authorization.is_header(header):
            raise forms.ValidationError(
                _("It has to be of visible ASCII characters, with spaces between them.")
            )
        return header

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or self.cleaned_data
        webhook, url = self.instance, told.get("url", self.instance.url)
        is_said = told.get("new_authorization_header") or told.get("sends_no_header")
        if not is_said and authorization.is_of_elsewhere(webhook, webhook.url, url):
            self.add_error("new_authorization_header", _AGAIN)
        return told

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"])
        by_admin = self.instance.client_id is None
        if problem := subscriptions.address_problem(url, may_be_loopback=by_admin):
            raise forms.ValidationError(problem)
        return url


@admin.register(Webhook)
class WebhookAdmin(ModelAdmin):
    """Subscribe addresses to events."""

    for_superusers = _ALL
    form = WebhookForm
    list_display = ("name", "host", "client", "state", "failing_since", "made_at")
    list_select_related = ("client",)
    ordering = ("name", "pk")
    actions = ("send_test",)

    @admin.display(description=_("Host"))
    def host(self, webhook: Webhook) -> str:
        return subscriptions.host_of(webhook)

    @admin.display(description=_("State"))
    def state(self, webhook: Webhook) -> str:
        if not webhook.is_active:
            return gettext("disabled")
        return gettext("failing") if webhook.failing_since else gettext("active")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        *fields, active = self.form.Meta.fields
        fields.append("new_authorization_header")
        if obj is None:
            return tuple(fields)
        if obj.has_authorization_header:
            fields.append("sends_no_header")
        return (*fields, active, "client", "failing_since", "disabled_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("client", "failing_since", "disabled_at") if obj else ()

    def get_urls(self) -> list[URLPattern]:
        views: dict[str, Callable[..., HttpResponse]] = {
            "secret": self.secret,
            "new-secret": self.new_secret,
            "test": self.test,
        }
        own = [
            path(
                f"<int:pk>/{page}/",
                self.admin_site.admin_view(view),
                name=f"accounts_webhook_{page}",
            )
            for page, view in views.items()
        ]
        return [*own, *super().get_urls()]

    def save_model(self, request: HttpRequest, obj: Webhook, form: Any, change: bool) -> None:
        secret, header = "", form.cleaned_data.get("new_authorization_header")
        if header or form.cleaned_data.get("sends_no_header"):
            obj.authorization_header = header or ""
        if not change:
            obj.made_by = cast(User, request.user)
            secret = subscriptions.begin(obj)
        elif obj.is_active and "is_active" in form.changed_data:
            subscriptions.reactivate(obj)
        obj.save()
        if secret:
            shown_once.keep(request, obj, secret)

    def response_add(self, request: HttpRequest, obj: Webhook, *args: Any) -> HttpResponse:
        if obj.format == Webhook.EVENT_TOKENS:  # which no secret signs
            return HttpResponseRedirect(reverse("admin:accounts_webhook_change", args=[obj.pk]))
        return HttpResponseRedirect(reverse("admin:accounts_webhook_secret", args=[obj.pk]))

    def secret(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show a new secret, once, and what to do with it."""
        webhook = self._webhook(request, pk)
        context = self.admin_site.each_context(request) | {
            "title": gettext("Secret of %(name)s") % {"name": webhook},
            "original": webhook,
            "opts": self.opts,
            "secret": shown_once.take(request, webhook),
            "former_ends": webhook.former_ends,
        }
        return render(request, "admin/accounts/webhook/secret.html", context)

    def new_secret(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Replace the secret; the former one signs for a day more."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        webhook = self._webhook(request, pk)
        shown_once.keep(request, webhook, subscriptions.rotate(webhook))
        self.log_change(request, webhook, "Replaced the secret.")
        return HttpResponseRedirect(reverse("admin:accounts_webhook_secret", args=[pk]))

    def test(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send a message without an event."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        self.send_test(request, Webhook.objects.filter(pk=self._webhook(request, pk).pk))
        return HttpResponseRedirect(deliveries_of(pk))

    @admin.action(description=_("Send a test"), permissions=["change"])
    def send_test(self, request: HttpRequest, queryset: QuerySet[Webhook]) -> None:
        for webhook in queryset:
            subscriptions.send_test(webhook)
        messages.success(request, gettext("The task worker sends a test within seconds."))

    def _webhook(self, request: HttpRequest, pk: int) -> Webhook:
        webhook: Webhook = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_change_permission(request, webhook):
            raise PermissionDenied
        return webhook


class StateFilter(admin.SimpleListFilter):
    title = _("State")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("waiting", _("waiting")), ("delivered", _("delivered")), ("failed", _("failed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "delivered":
            return queryset.filter(delivered_at__isnull=False)
        if self.value() in ("waiting", "failed"):
            is_over = self.value() == "failed"
            return queryset.filter(delivered_at=None, due_at__isnull=is_over)
        return queryset


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(Untouched, ModelAdmin):
    """Show what became of each delivery; send it again."""

    for_superusers = _ALL
    list_display = (
        *("made_at", "webhook", "what_happened", "state", "status", "attempts", "last_at"),
    )
    list_filter = ("webhook", StateFilter)
    show_facets = admin.ShowFacets.NEVER
    list_select_related = ("webhook",)
    show_full_result_count = False
    sortable_by = ()  # no index knows another order
    ordering = ("-pk",)
    actions = ("send_again",)
    fields: ClassVar[tuple[str, ...]] = (
        *("webhook", "message_id", "what_happened", "state", "made_at", "attempts"),
        *("last_at", "due_at", "delivered_at", "status", "seconds", "problem", "answer"),
    )

    def has_send_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @admin.display(description=_("Event"))
    def what_happened(self, delivery: WebhookDelivery) -> str:
        return delivery.what

    @admin.display(description=_("State"))
    def state(self, delivery: WebhookDelivery) -> str:
        return gettext(delivery.standing)

    @admin.display(description="webhook-id")
    def message_id(self, delivery: WebhookDelivery) -> str:
        return delivery.message_id

    @admin.action(description=_("Send again"), permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]) -> None:
        number = sum(subscriptions.send_again(each) for each in queryset)
        messages.success(
            request, gettext("The task worker sends %(number)s again.") % {"number": number}
        )


def deliveries_of(pk: int) -> str:
    page = reverse("admin:accounts_webhookdelivery_changelist")
    return f"{page}?webhook__id__exact={pk}"
