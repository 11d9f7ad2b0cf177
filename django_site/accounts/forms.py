from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.forms import BaseUserCreationForm
from django.contrib.auth.models import User

from accounts.ages import age_range
from recsys_core.contracts.columns import AGE_INTERVALS

AGE_CHOICES = [("unknown", "I would rather not say"), *((age, age_range(age).capitalize()) for age in AGE_INTERVALS)]


class SignUpForm(BaseUserCreationForm):
    """Name, username, password, and the age that a first selection goes by."""

    first_name = forms.CharField(label="First name", max_length=60)
    age_interval = forms.ChoiceField(label="Your age", choices=AGE_CHOICES, required=False)

    class Meta:
        model = get_user_model()
        fields = ("first_name", "username")

    field_order = ("first_name", "username", "password1", "password2", "age_interval")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].help_text = "Letters, digits and @ . + - _"
        del self.fields["username"].widget.attrs["autofocus"]  # the first field is another
        self.fields["password1"].help_text = "At least 8 characters, not digits alone, nothing that is easily guessed."
        self.fields["password2"].help_text = ""
        self.fields["first_name"].widget.attrs["autocomplete"] = "given-name"
        for field in self.fields.values():
            field.label_suffix = ""

    def clean_age_interval(self) -> str:
        return self.cleaned_data["age_interval"] or "unknown"


class PreferencesForm(forms.Form):
    """Choice of age and of the collections that recommendations may come from; none chosen means all."""

    age_interval = forms.ChoiceField(label="Your age", choices=AGE_CHOICES)
    collections = forms.MultipleChoiceField(
        label="Show me",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Nothing chosen means everything.",
    )

    def __init__(self, *args: Any, names: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs | {"label_suffix": ""})
        self.fields["collections"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]


class DeleteForm(forms.Form):
    """Asks for the password once more."""

    password = forms.CharField(
        label="Your password", widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs | {"label_suffix": ""})
        self._user = user

    def clean_password(self) -> str:
        if not self._user.check_password(self.cleaned_data["password"]):
            raise forms.ValidationError("That is not your password.")
        return str(self.cleaned_data["password"])
