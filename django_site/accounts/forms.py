from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import authenticate, get_user_model
from django.contrib.auth.forms import BaseUserCreationForm
from django.http import HttpRequest

from accounts.ages import age_range
from accounts.sign_in_limits import forget_failures_from
from recsys_core.contracts.columns import AGE_INTERVALS

AGE_CHOICES = [("unknown", "I would rather not say"), *((age, age_range(age).capitalize()) for age in AGE_INTERVALS)]


class SignUpForm(BaseUserCreationForm):
    """Name, username, password, an e-mail address or none, and the age that a first selection goes by."""

    first_name = forms.CharField(label="First name", max_length=60)
    email = forms.EmailField(label="E-mail", required=False, max_length=254)
    age_interval = forms.ChoiceField(label="Your age", choices=AGE_CHOICES, required=False)

    class Meta:
        model = get_user_model()
        fields = ("first_name", "username", "email")

    field_order = ("first_name", "username", "password1", "password2", "email", "age_interval")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].help_text = "Letters, digits and @ . + - _"
        del self.fields["username"].widget.attrs["autofocus"]  # the first field is another
        self.fields["password1"].help_text = "At least 8 characters, not digits alone, nothing that is easily guessed."
        self.fields["password2"].help_text = ""
        self.fields["email"].help_text = (
            "You may leave it out. It is used if you forget your password, or ask to be told when an article is back."
            if settings.SENDS_MAIL
            else "You may leave it out."
        )
        self.fields["email"].widget.attrs["autocomplete"] = "email"
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


class PasswordForm(forms.Form):
    """Asks whoever is signed in for the password once more. Wrong ones count as those at the sign-in do."""

    password = forms.CharField(
        label="Your password", widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs | {"label_suffix": ""})
        self._request = request

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        username = self._request.user.get_username()
        if authenticate(self._request, username=username, password=password) != self._request.user:
            raise forms.ValidationError("That is not your password.")
        forget_failures_from(self._request, username)
        return password


class EmailForm(PasswordForm):
    """Takes an e-mail address; empty for none."""

    email = forms.EmailField(
        label="E-mail", required=False, widget=forms.EmailInput(attrs={"autocomplete": "email"}), max_length=254
    )
    field_order = ("email", "password")
