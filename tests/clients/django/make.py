"""Makes the schema and some rows of a small Django application in the database of BLOG_DATABASE, as Django itself would."""

import os
import urllib.parse

import django
from django.conf import settings
from django.core.management import call_command

address = urllib.parse.urlparse(os.environ["BLOG_DATABASE"])
query = dict(urllib.parse.parse_qsl(address.query))

if address.scheme == "mysql":
    import pymysql

    pymysql.install_as_MySQLdb()
    database = {
        "ENGINE": "django.db.backends.mysql",
        "NAME": address.path.lstrip("/"),
        "USER": address.username,
        "OPTIONS": {"unix_socket": query["socket"], "charset": "utf8mb4"},
    }
else:
    database = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": address.path.lstrip("/"),
        "USER": address.username,
        "HOST": query.get("host", address.hostname),
        "PORT": address.port or "",
    }

settings.configure(
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "blog"],
    DATABASES={"default": database},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    USE_TZ=True,
)
django.setup()
# Accounts first: what has no migrations of its own refers to them.
call_command("migrate", verbosity=0)
call_command("migrate", run_syncdb=True, verbosity=0)

from blog.models import Comment, Post, Tag  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402

ada = User.objects.create_user("ada", "ada@example.com", "a secret")
bob = User.objects.create_user("bob", "bob@example.com", "another")
python, cooking = (Tag.objects.create(name=name) for name in ("python", "cooking"))
first = Post.objects.create(author=ada, title="First", slug="first", body="Hello", status="published", rating="4.50")
draft = Post.objects.create(author=ada, title="Draft", slug="draft", body="Not yet", status="draft")
soup = Post.objects.create(author=bob, title="Soup", slug="soup", body="Leek", status="published", details={"serves": 4})
first.tags.add(python)
soup.tags.add(python, cooking)
question = Comment.objects.create(post=first, author=bob, body="Why?")
Comment.objects.create(post=first, author=ada, body="Because.", parent=question)
