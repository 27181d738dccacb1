"""Forms of pages, filled from JSON: pages and programs are refused the same things, in the same words.

A field that the body leaves out has what the page would show in it: its default, or what stands in the thing that is
changed. Null empties a field.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from typing import Any, Final, TypeVar

from flask import request
from pydantic import BaseModel
from werkzeug.datastructures import FileStorage, MultiDict

from hampa.platform.api.codes import Invalid
from hampa.platform.web.fields import BooleanField, FieldList, FormField, PaceField, RaceTimeField, SelectMultipleField
from hampa.platform.web.forms import Form
from hampa.platform.web.list_filters import ListFilters

F = TypeVar("F", bound=Form)
OWN: Final = ("csrf_token", "submission")
"""Fields that only pages have."""
TICKED: Final = "y"


def valid_form(
    form_class: Callable[..., F],
    body: BaseModel | Mapping[str, Any],
    files: Mapping[str, FileStorage] | None = None,
    **more: Any,
) -> F:
    """Return the form with what the body says, `more` being what the page gives it (such as `obj`); it is valid.

    Raise Invalid with its errors.
    """
    form = filled_form(form_class, body, files, **more)
    if not form.validate():
        raise Invalid(list(errors_of(form.errors)))
    return form


def filled_form(
    form_class: Callable[..., F],
    body: BaseModel | Mapping[str, Any],
    files: Mapping[str, FileStorage] | None = None,
    **more: Any,
) -> F:
    """Return the form of `valid_form` without asking whether it is valid."""
    given = {name: getattr(body, name) for name in body.model_fields_set} if isinstance(body, BaseModel) else dict(body)
    shown = form_class(formdata=None, meta={"csrf": False}, **more)
    fields: MultiDict[str, Any] = MultiDict()
    for name, field in shown._fields.items():
        if name in OWN:
            continue
        pairs = _pairs(field.name, _typed(field, given[name])) if name in given else _shown(field)
        for key, value in pairs:
            fields.add(key, value)
    for name, file in (files or {}).items():
        fields.add(name, file)
    return form_class(formdata=fields, meta={"csrf": False}, **more)


def errors_of(errors: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the path of each field with an error, and the message, of the errors of a form."""
    if isinstance(errors, Mapping):
        for name, inner in errors.items():
            yield from errors_of(inner, ".".join(part for part in (path, str(name or "")) if part))
        return
    for index, error in enumerate(errors):
        if isinstance(error, Mapping | list | tuple):
            yield from errors_of(error, f"{path}.{index}")
        else:
            yield path, str(error)


def _typed(field: Any, value: Any) -> Any:
    """Return a value as somebody types it where JSON has seconds: paces and times of races, in rows too."""
    if isinstance(field, FieldList) and field.entries and isinstance(field[0], FormField):
        row = field[0].form
        return [{name: _typed(row[name], inner) for name, inner in _plain(each).items()} for each in value]
    if isinstance(field, PaceField | RaceTimeField) and type(value) is int:
        return field.format(value)
    return _plain(value)


def _plain(value: Any) -> Any:
    return value.model_dump() if isinstance(value, BaseModel) else value


def _pairs(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield the fields of a form by which a browser would send a value."""
    if value is None or value is False:
        return
    if value is True:
        yield name, TICKED
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _pairs(f"{name}-{key}", inner)
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(map(_plain, value)):
            yield from _pairs(f"{name}-{index}", inner) if isinstance(inner, Mapping) else ((name, str(inner)),)
    elif isinstance(value, datetime | date | time):
        yield name, value.isoformat()
    else:
        yield name, str(value)


def _shown(field: Any) -> Iterator[tuple[str, str]]:
    """Yield what a browser would send of a field that nobody has touched."""
    if isinstance(field, FieldList):
        for entry in field.entries:
            yield from _shown(entry)
    elif isinstance(field, FormField):
        for inner in field.form._fields.values():
            if inner.short_name not in OWN:
                yield from _shown(inner)
    elif isinstance(field, BooleanField):
        if field.data:
            yield field.name, TICKED
    elif isinstance(field, SelectMultipleField):
        for value in field.data or ():
            yield field.name, str(value)
    elif not isinstance(field.data, FileStorage):
        value = (field._value() or None) if hasattr(field, "_value") else field.data
        if value is not None:
            yield field.name, str(value)


def valid_filters(form_class: type[ListFilters]) -> Any:
    """Return the values of the filters of a list (`ListFilters.filters`), which it reads from the query string.

    Where the query string has none of them, no form is made: it would take longer than the list. Raise Invalid for what
    pages ignore and show beside the field, such as a place that nobody knows.
    """
    if form_class.unset is not None and request.args.keys().isdisjoint(form_class.filter_names()):
        return form_class.unset
    form: Any = form_class()
    form.validate()
    errors = dict(form.errors)
    values = form.filters()
    if errors := {**errors, **form.errors}:
        raise Invalid(list(errors_of(errors)))
    return values
