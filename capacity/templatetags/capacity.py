"""Template tags of the capacity pages."""

from django import template

from capacity.web import figures

register = template.Library()
register.simple_tag(figures.figure)
register.simple_tag(figures.listed, name="figures")
