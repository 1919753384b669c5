"""Object permissions: which rows they open, for which actions, and how they are kept."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import access
from core.models import Group, ObjectPermission, Tag, TaggedItem, User
from core.registry import content_type, of_path, resources
from facilities.models import Site
from racks.models import Rack
from tests.core.factories import UserFactory
from tests.core.permits import permit, rest, somebody
from tests.facilities.factories import SiteFactory, TenantFactory
from tests.racks.factories import RackFactory

pytestmark = pytest.mark.django_db


def names(user: User, path: str = "dcim/racks", **query: str) -> list[str]:
    answer = rest(user).get(f"/api/{path}/", query)
    assert answer.status_code == 200, answer.json()
    assert answer.json()["count"] == len(answer.json()["results"])
    return [row["name"] for row in answer.json()["results"]]


def test_constraints_open_the_rows_they_match():
    ours = RackFactory(name="A", tenant=TenantFactory(slug="ours"))
    RackFactory(name="B", site=ours.site)
    RackFactory(name="C", status="planned")
    assert names(somebody("dcim.rack")) == ["A", "B", "C"]
    assert names(somebody("dcim.rack", "view", {"tenant__slug": "ours"})) == ["A"]
    assert names(somebody("dcim.rack", "view", {"tenant": None})) == ["B", "C"]
    assert names(somebody("dcim.rack", "view", {"site_id": ours.site_id, "name": "B"})) == ["B"]
    either = [{"tenant__slug": "ours"}, {"status__in": ["planned"]}]
    assert names(somebody("dcim.rack", "view", either)) == ["A", "C"]


def test_several_permissions_add_up_also_those_of_groups():
    RackFactory(name="A"), RackFactory(name="B"), RackFactory(name="C")
    user = somebody("dcim.rack", "view", {"name": "A"})
    group = Group.objects.create(name="Crew")
    user.groups.add(group)
    shared = permit(UserFactory(), "dcim.rack", "view", {"name": "B"})
    shared.groups.add(group)
    assert names(user) == ["A", "B"]
    ObjectPermission.objects.filter(pk=shared.pk).update(enabled=False)
    assert names(user) == ["A"]


def test_a_constraint_on_tags_shows_each_row_once():
    rack, kind = RackFactory(name="A"), content_type(of_path("dcim/racks"))
    RackFactory(name="B")
    for name in ("red", "blue"):
        tag = Tag.objects.create(name=name, slug=name)
        TaggedItem.objects.create(tag=tag, content_type=kind, object_id=rack.pk)
    assert names(somebody("dcim.rack", "view", {"tags__slug__in": ["red", "blue"]})) == ["A"]


def test_user_in_a_constraint_is_who_asks():
    user = somebody()
    RackFactory(name="A")
    permit(user, "dcim.rackreservation", "view", {"user": "$user"})
    rack = RackFactory()
    for owner, units in ((user, [1]), (UserFactory(), [2])):
        of_path("dcim/rack-reservations").model.objects.create(
            rack=rack, units=units, user=owner, description="kept"
        )
    found = rest(user).get("/api/dcim/rack-reservations/").json()
    assert [row["units"] for row in found["results"]] == [[1]]
    assert found["results"][0]["rack"] is None


def test_actions_are_told_apart():
    rack = RackFactory()
    client = rest(somebody("dcim.rack", "view"))
    url = f"/api/dcim/racks/{rack.pk}/"
    assert client.get(url).status_code == 200
    refused = client.patch(url, {"serial": "1"}, format="json")
    assert refused.status_code == 403
    assert refused.json() == {"detail": "You may not change this rack."}
    assert client.delete(url).status_code == 403
    assert client.post("/api/dcim/racks/", {}, format="json").status_code == 403
    assert "actions" not in client.options("/api/dcim/racks/").json()


def test_rows_may_be_visible_and_not_changeable():
    rack, other = RackFactory(name="A"), RackFactory(name="B")
    user = somebody("dcim.rack", "view")
    permit(user, "dcim.rack", "change delete", {"name": "A"})
    client = rest(user)
    body = [{"id": rack.pk, "serial": "1"}, {"id": other.pk, "serial": "1"}]
    for answer in (
        client.patch("/api/dcim/racks/", body, format="json"),
        client.delete("/api/dcim/racks/", body, format="json"),
        client.delete(f"/api/dcim/racks/{other.pk}/"),
    ):
        assert answer.status_code == 403, answer.content
        assert "this rack" in answer.json()["detail"]
    assert client.patch("/api/dcim/racks/", body[:1], format="json").status_code == 200
    assert Rack.objects.filter(serial="1").count() == 1


def test_nobody_creates_what_they_may_not():
    site, client = SiteFactory(slug="ours"), None
    user = somebody("dcim.site", "view")
    permit(user, "dcim.rack", constraints={"site__slug": "ours"})
    client = rest(user)
    elsewhere = {"name": "A", "site": SiteFactory().pk}
    refused = client.post("/api/dcim/racks/", elsewhere, format="json")
    assert refused.status_code == 403
    assert "outside of what you are permitted" in refused.json()["detail"]
    several = [{"name": "A", "site": site.pk}, elsewhere]
    assert client.post("/api/dcim/racks/", several, format="json").status_code == 403
    assert not Rack.objects.exists()
    assert client.post("/api/dcim/racks/", several[:1], format="json").status_code == 201


def test_nobody_changes_a_row_into_one_they_may_not_have():
    rack = RackFactory(site=SiteFactory(slug="ours"))
    user = somebody("dcim.site", "view")
    permit(user, "dcim.rack", constraints={"site__slug": "ours"})
    client, body = rest(user), {"site": SiteFactory().pk}
    for answer in (
        client.patch(f"/api/dcim/racks/{rack.pk}/", body, format="json"),
        client.patch("/api/dcim/racks/", [{"id": rack.pk, **body}], format="json"),
    ):
        assert answer.status_code == 403
        assert "outside of what you are permitted" in answer.json()["detail"]
    rack.refresh_from_db()
    assert rack.site.slug == "ours"


def test_who_may_only_add_is_told_what_became_of_it():
    client = rest(somebody("dcim.site", "add"))
    made = client.post("/api/dcim/sites/", {"name": "A", "slug": "a"}, format="json")
    assert made.status_code == 201
    assert made.json()["name"] == "A"
    assert client.get(made.json()["url"]).status_code == 404
    several = [{"name": "B", "slug": "b"}, {"name": "C", "slug": "c"}]
    answer = client.post("/api/dcim/sites/", several, format="json")
    assert [row["name"] for row in answer.json()] == ["B", "C"]


def test_writing_back_what_was_read_keeps_references_one_may_not_see():
    rack = RackFactory(tenant=TenantFactory())
    client = rest(somebody("dcim.rack dcim.site"))
    url = f"/api/dcim/racks/{rack.pk}/"
    read = client.get(url).json()
    assert read["tenant"] is None
    body = {"tenant": None, "site": read["site"]["id"], "name": "New"}
    assert client.patch(url, body, format="json").status_code == 200
    rack.refresh_from_db()
    assert (rack.name, rack.tenant_id is not None) == ("New", True)


def test_inactive_users_and_disabled_permissions_open_nothing():
    RackFactory()
    user = somebody("dcim.rack")
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert rest(user).get("/api/dcim/racks/").status_code == 403


def test_permissions_cost_one_statement_and_superusers_none():
    RackFactory()
    counted = []
    for user in (UserFactory(is_superuser=True), somebody("dcim.rack", "view", {"name": "x"})):
        client = rest(user)
        client.get("/api/dcim/racks/", {"brief": 1})
        client = rest(user)
        with CaptureQueriesContext(connection) as captured:
            client.get("/api/dcim/racks/", {"brief": 1})
        counted.append([q for q in captured if "objectpermission" in (q["sql"] or "")])
    assert (len(counted[0]), len(counted[1])) == (0, 1)


@pytest.mark.parametrize(
    ("constraints", "sentence"),
    [
        ({"colour": "red"}, "A rack cannot be looked up by colour."),
        ([{"name": "A"}, {"site__colour": 1}], "A rack cannot be looked up by site__colour."),
        ({"u_height": "tall"}, "u_height of a rack cannot be compared with this value."),
        ({"name__regex": "("}, "name__regex of a rack cannot be compared with this value."),
        ("name", "Give an object of lookups"),
        ([["name"]], "Give an object of lookups"),
        ([{}, {"name": "A"}], "An empty object in the list would match every row."),
    ],
)
def test_constraints_that_cannot_work_are_refused(constraints, sentence):
    body = {"name": "x", "object_types": ["dcim.rack"], "actions": ["view"]}
    client = rest(UserFactory(is_superuser=True))
    answer = client.post(
        "/api/users/permissions/", {**body, "constraints": constraints}, format="json"
    )
    assert answer.status_code == 400
    assert answer.json()["constraints"][0].startswith(sentence)


def test_a_password_cannot_be_asked_for_by_a_constraint():
    body = {"name": "x", "object_types": ["users.user"], "actions": ["view"]}
    body["constraints"] = {"password__startswith": "a"}
    answer = rest(UserFactory(is_superuser=True)).post(
        "/api/users/permissions/", body, format="json"
    )
    assert answer.json() == {"constraints": ["A user cannot be looked up by password__startswith."]}


def test_permissions_are_filtered_as_the_wire_has_it():
    admin = rest(UserFactory(is_superuser=True))
    user = somebody("dcim.rack", "view")
    permit(user, "dcim.site", "add run")

    def found(**query):
        answer = admin.get("/api/users/permissions/", query)
        assert answer.status_code == 200, answer.json()
        return [row["object_types"] for row in answer.json()["results"]]

    assert found(can_view="true") == [["dcim.rack"]]
    assert found(can_view="false") == found(can_add="true") == [["dcim.site"]]
    assert found(object_types="dcim.site") == [["dcim.site"]]
    assert found(object_type__ic="RACK") == [["dcim.rack"]]
    assert len(found(user=user.username)) == len(found(user_id=user.pk)) == 2
    assert admin.get("/api/users/users/", {"permission_id": 10**9}).status_code == 400


def test_who_cares_for_accounts_cannot_become_a_superuser():
    boss = UserFactory(is_superuser=True)
    user = somebody("users.user users.token users.group users.objectpermission", "view")
    permit(user, "users.user users.token users.group", "add change delete")
    client, gift = rest(user), permit(UserFactory(), "dcim.rack")
    url = f"/api/users/users/{boss.pk}/"
    assert client.patch(url, {"password": "Correct-Horse-9"}, format="json").status_code == 403
    assert client.delete(url).status_code == 403
    assert client.post("/api/users/tokens/", {"user": boss.pk}, format="json").status_code == 403
    me = f"/api/users/users/{user.pk}/"
    refused = client.patch(me, {"permissions": [gift.pk]}, format="json")
    assert refused.json() == {"permissions": ["You may not give or take permissions."]}
    assert client.patch(me, {"email": "a@example.com"}, format="json").status_code == 200


def test_everybody_sees_themselves_and_has_their_own_tokens():
    user = somebody()
    client, other = rest(user), UserFactory()
    assert names_of(client, "users/users", "username") == [user.username]
    made = client.post("/api/users/tokens/", {"user": user.pk}, format="json")
    assert made.status_code == 201, made.json()
    refused = client.post("/api/users/tokens/", {"user": other.pk}, format="json")
    assert refused.json() == {"user": [f"No user matches id {other.pk}."]}
    assert len(names_of(client, "users/tokens", "id")) == 1


def names_of(client, path, field):
    return [row[field] for row in client.get(f"/api/{path}/").json()["results"]]


def test_a_field_that_is_gone_closes_what_it_was_asked_of():
    RackFactory()
    user = somebody("dcim.rack", "view")
    ObjectPermission.objects.update(constraints={"no_such": 1})
    assert rest(user).get("/api/dcim/racks/").status_code == 403
    assert Site.objects.exists()


def test_conditions_of_rows_that_refer_to_others_do_not_pile_up():
    """A change refers to a record of any kind, and some of these refer to records again."""
    permission = ObjectPermission.objects.create(
        name="All, with a condition", actions=["view"], constraints={"id__gt": 0}
    )
    permission.object_types.set([content_type(each) for each in resources()])
    user = UserFactory()
    permission.users.add(user)
    lengths = {each.path: len(str(access.visible(each.model, user).query)) for each in resources()}
    conditions = sum(sorted(lengths.values())[:-10])
    assert max(lengths.values()) < 2 * conditions, max(lengths, key=lambda path: lengths[path])
