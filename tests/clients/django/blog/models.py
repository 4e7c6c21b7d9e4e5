"""Posts with authors, tags and comments: what many a Django application begins with."""

from django.conf import settings
from django.db import models


class Tag(models.Model):
    name = models.CharField(max_length=50, unique=True)


class Post(models.Model):
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="posts")
    title = models.CharField(max_length=100)
    slug = models.SlugField(unique=True)
    body = models.TextField(blank=True)
    status = models.CharField(max_length=10, choices=[("draft", "Draft"), ("published", "Published")])
    rating = models.DecimalField(max_digits=3, decimal_places=2, null=True)
    details = models.JSONField(default=dict)
    created = models.DateTimeField(auto_now_add=True)
    tags = models.ManyToManyField(Tag, related_name="posts")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(rating__gte=0), name="rating_is_positive")]


class Comment(models.Model):
    post = models.ForeignKey(Post, models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True)
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="replies")
    body = models.TextField()
    created = models.DateTimeField(auto_now_add=True)
