from django import forms

from orders.bag import MAX_QUANTITY
from recsys_core.contracts.article_ids import MAX_LENGTH


class AddForm(forms.Form):
    article = forms.CharField(max_length=MAX_LENGTH)
    quantity = forms.IntegerField(min_value=1, max_value=MAX_QUANTITY, required=False)


class ChangeForm(forms.Form):
    article = forms.CharField(max_length=MAX_LENGTH)
    quantity = forms.IntegerField(min_value=0, max_value=MAX_QUANTITY)


class OrderForm(forms.Form):
    total = forms.DecimalField(max_digits=18, decimal_places=2)
    token = forms.UUIDField(required=False)
