"""Manage groups in Django admin, with their rules: whoever may change what a group may do has all
rights, and whoever says who is in it opens apps."""

from typing import Any

import django.contrib.auth.admin  # noqa: F401 (registers its page, which is replaced here)
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.auth.models import Group, Permission
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.members import Counted, counted, members
from accounts.endings import memberships
from accounts.groups import rules
from accounts.models import GroupProfile, GroupRule, Membership
from accounts.oauth_server.models import Client
from accounts.staff.model_admin import ModelAdmin, TabularInline

admin.site.unregister(Group)

_NO_RIGHTS = _(
    "A group with permissions cannot have rules: a third party or a mail server would decide who "
    "has rights here. Make a second group."
)


class GroupForm(forms.ModelForm):  # type: ignore[type-arg]
    slug = forms.SlugField(
        label=_("Slug"),
        max_length=50,
        required=False,
        help_text=_("The short name for commands and imports. Empty: made from the name."),
    )
    description = forms.CharField(
        label=_("Description"),
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"size": 80}),
        help_text=_("Who belongs to it, and what it is for."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        profile = GroupProfile.objects.filter(group=self.instance.pk).first()
        if profile:
            self.initial.update(slug=profile.slug, description=profile.description)

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        others = GroupProfile.objects.exclude(group=self.instance.pk or 0)
        if slug and others.filter(slug=slug).exists():
            raise forms.ValidationError(gettext("Another group has this slug."))
        return slug

    def keep_profile(self, group: Group) -> None:
        GroupProfile.objects.make_for([group])
        profile = GroupProfile.objects.get(group=group)
        profile.slug = self.cleaned_data["slug"] or profile.slug
        profile.description = self.cleaned_data["description"]
        profile.save()


class RulesFormSet(forms.BaseInlineFormSet):  # type: ignore[type-arg]
    def clean(self) -> None:
        super().clean()
        kept = [form for form in self.forms if form.has_changed() or form.instance.pk]
        kept = [form for form in kept if form not in self.deleted_forms]
        posted: Any = self.data
        if kept and posted.getlist("permissions"):
            raise forms.ValidationError(_NO_RIGHTS)


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    provider = forms.ChoiceField(label=_("Third party"), required=False)

    class Meta:
        model = GroupRule
        fields = ("kind", "provider", "claim", "value")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = rules.third_parties()
        if self.instance.provider:  # also where it was taken away
            known.setdefault(self.instance.provider, {})
        choices = [("", "-"), *((name, name) for name in sorted(known))]
        self.fields["provider"].choices = choices  # type: ignore[attr-defined]


class RuleInline(TabularInline):
    model = GroupRule
    form = RuleForm
    formset = RulesFormSet
    verbose_name_plural = _("Rules (people are in the group for as long as one of them holds)")


_ACTIONS = {"add": _("Add"), "change": _("Change"), "delete": _("Delete"), "view": _("View")}


class PermissionsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Name a permission in words: Django stores an English name for it, with a package's words."""

    def label_from_instance(self, obj: Permission) -> str:
        model = obj.content_type.model_class()
        if model is None:  # of a package that this site has no longer
            return str(obj)
        action, _separator, kind = obj.codename.partition("_")
        is_usual = action in _ACTIONS and kind == model._meta.model_name
        what = _ACTIONS[action] if is_usual else gettext(obj.name)
        return f"{model._meta.verbose_name_plural}: {what}"


@admin.register(Group)
class GroupAdmin(ModelAdmin):
    """Leave groups to superusers: Django's own page takes the permission to change them for
    enough."""

    for_superusers = frozenset({"view", "add", "change", "delete"})
    form = GroupForm
    inlines = (RuleInline,)
    fields = ("name", "slug", "description", "members", "permissions")
    readonly_fields = ("members",)
    list_display = ("name", "slug", "people", "apps", "has_rights")
    search_fields = ("name", "profile__slug", "profile__description")
    ordering = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        rights = Group.permissions.through.objects.filter(group=OuterRef("pk"))
        of_each = {
            "people_in_it": Counted(Membership.objects.filter(group=OuterRef("pk"))),
            "rights": Exists(rights),
        }
        found = super().get_queryset(request).select_related("profile")
        return found.prefetch_related("apps").annotate(**of_each)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the permissions by boxes to tick, each named with what it is for."""
        if db_field.name == "permissions":
            kwargs["form_class"] = PermissionsField
            kwargs["widget"] = forms.CheckboxSelectMultiple
            kwargs["queryset"] = Permission.objects.select_related("content_type")
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @admin.display(description=_("People"))
    def members(self, group: Group) -> str:
        return members(group) if group.pk else "-"

    @admin.display(description=_("Slug"), ordering="profile__slug")
    def slug(self, group: Any) -> str:
        return group.profile.slug if hasattr(group, "profile") else ""

    @admin.display(description=_("People"))
    def people(self, group: Any) -> str:
        return counted(group.people_in_it)

    @admin.display(description=_("Apps for chosen groups"))
    def apps(self, group: Any) -> str:
        return ", ".join(app.name for app in group.apps.all())

    @admin.display(description=_("Has permissions"), boolean=True)
    def has_rights(self, group: Any) -> bool:
        return bool(group.rights)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        form.keep_profile(form.instance)
        memberships.settle_group_later(form.instance.pk)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> list[LogEntry]:
        """Log, and so record, what each deletion ends, before it is done; and say so."""
        logged = []
        for group in queryset:
            receipt = memberships.ends_with(group)
            messages.info(request, f"{group}: {receipt}")
            logged.append(self._log(request, group, DELETION, receipt))
        return logged

    def delete_model(self, request: HttpRequest, obj: Group) -> None:
        """Delete it; apps that were open by it alone are open to nobody from then on."""
        open_by_it = list(Client.objects.filter(groups=obj).values_list("pk", flat=True))
        super().delete_model(request, obj)
        memberships.end_closed_later(open_by_it)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Group]) -> None:
        for group in queryset:
            self.delete_model(request, group)
