"""Show columns of space-separated words in forms."""

from typing import Any

from django import forms


class WordsField(forms.MultipleChoiceField):
    """Show a column of space-separated words as checkboxes."""

    widget = forms.CheckboxSelectMultiple

    def prepare_value(self, value: Any) -> Any:
        return value.split() if isinstance(value, str) else value

    def clean(self, value: Any) -> str:
        return " ".join(super().clean(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class LinesField(forms.CharField):
    """Show a column of space-separated addresses as a text area, one a line."""

    widget = forms.Textarea(attrs={"rows": 3, "cols": 80, "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value.split()) if isinstance(value, str) else value

    def clean(self, value: Any) -> str:
        return " ".join(super().clean(value).split())

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (initial or "").split() != (data or "").split()


class YesField(forms.TypedChoiceField):
    """Show a column that is true or false as two choices in words: "yes" and ""."""

    def __init__(self, **options: Any) -> None:
        super().__init__(coerce=bool, empty_value=False, **options)  # type: ignore[arg-type]

    def prepare_value(self, value: Any) -> Any:
        return "yes" if value else ""

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.prepare_value(initial) != self.prepare_value(data)
