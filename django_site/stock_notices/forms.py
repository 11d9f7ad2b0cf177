from django import forms


class NoticeForm(forms.Form):
    email = forms.EmailField(max_length=254)
