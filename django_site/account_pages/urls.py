from django.urls import path

from account_pages import password_reset, views

app_name = "accounts"
urlpatterns = [
    path("", views.account, name="account"),
    path("preferences/", views.preferences, name="preferences"),
    path("preferences/email/", views.email, name="email"),
    path("delete/", views.delete, name="delete"),
    path("sign-up/", views.sign_up, name="sign-up"),
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-in/demo/", views.demo_sign_in, name="demo-sign-in"),
    path("sign-out/", views.SignOut.as_view(), name="sign-out"),
    path("password/", password_reset.AskForLink.as_view(), name="password-reset"),
    path("password/sent/", password_reset.LinkSent.as_view(), name="password-reset-sent"),
    path("password/changed/", password_reset.PasswordChanged.as_view(), name="password-changed"),
    path("password/<uidb64>/<token>/", password_reset.ChoosePassword.as_view(), name="password-choose"),
]
